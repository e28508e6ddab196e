package cc

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
)

// await returns the only file of a kind in a folder once it is there.
func await(t *testing.T, dir, ext string) string {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if found, _ := filepath.Glob(filepath.Join(dir, "*"+ext)); len(found) == 1 {
			return found[0]
		}
	}
	t.Fatalf("no %s appears in the spool", ext)
	return ""
}

// TestSpoolServerOfAnotherVersion has replies that no server of today gives.
func TestSpoolServerOfAnotherVersion(t *testing.T) {
	for name, test := range map[string]struct {
		reply string
		other int
	}{
		"older than versions": {`{"reply":"Qg==","output":""}`, 0},
		"newer":               {`{"version":99,"reply":{"quite":"different"}}`, 99},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv(SpoolEnv, dir)
			failed := make(chan error, 1)
			go func() {
				_, err := Compile(t.Context(), &Request{Text: counting})
				failed <- err
			}()
			request := await(t, dir, requestExt)
			if err := writeWhole(strings.TrimSuffix(request, requestExt)+replyExt, []byte(test.reply)); err != nil {
				t.Fatal(err)
			}
			err := <-failed
			var version *SpoolVersionError
			if !errors.As(err, &version) || version.Other != test.other || version.Own != spoolVersion || !strings.Contains(err.Error(), "same version") {
				t.Errorf("%T %v", err, err)
			}
			if err := os.Remove(request); err != nil {
				t.Error(err)
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("%v is left", left)
			}
		})
	}
}

// TestSpoolProgramOfAnotherVersion wants a request refused that is not of this
// version, in a form that a program from before versions can show.
func TestSpoolProgramOfAnotherVersion(t *testing.T) {
	dir := startServer(t)
	for _, request := range []string{`{"text":"int f(void *ctx) { return 0; }"}`, `{"version":99,"text":["a","b"]}`} {
		name := filepath.Join(dir, "1-1")
		if err := writeWhole(name+requestExt, []byte(request)); err != nil {
			t.Fatal(err)
		}
		path := await(t, dir, replyExt)
		data, err := os.ReadFile(path)
		if err := errors.Join(err, os.Remove(path)); err != nil {
			t.Fatal(err)
		}
		var version *SpoolVersionError
		_, err = spooledReply(data)
		if errors.As(err, &version) || err == nil || !strings.Contains(err.Error(), "compile spool: this side speaks version") {
			t.Errorf("%s: %v\n%s", request, err, data)
		}
	}
	if _, err := Compile(context.Background(), request(t, counting)); err != nil {
		t.Errorf("the server does not go on: %v", err)
	}
}

// spoolForm is what the spool's files of each version are made of.
var spoolForm = map[int]string{
	1: "Request(Text Cflags Target HeadersRelease HeadersTree Formats Exports Debug Settings Library NoCapture) " +
		"Export(Name Type KeySize ValueSize MaxEntries Flags KeyDesc ValueDesc) " +
		"Target(Release Version Machine PossibleCPUs OnlineCPUs) spooled(Version Reply Output Status Code) " +
		"Result(Bundle Files) failure(Kind Text)",
	2: "Request(Text Cflags Target HeadersRelease HeadersTree Tree Formats Exports Debug Settings Library NoCapture) " +
		"Tree(BTF Modules Config Version Includes Texts More) " +
		"Export(Name Type KeySize ValueSize MaxEntries Flags KeyDesc ValueDesc) " +
		"Target(Release Version Machine PossibleCPUs OnlineCPUs) spooled(Version Reply Output Status Code) " +
		"Result(Bundle Files) failure(Kind Text)",
	3: "Request(Text Cflags Target HeadersRelease HeadersTree Tree Formats Exports Debug Settings Library NoCapture) " +
		"Tree(BTF Modules Config Version Includes Texts More) " +
		"Export(Name Type KeySize ValueSize MaxEntries Flags KeyDesc ValueDesc) " +
		"Target(Release Version Machine PossibleCPUs OnlineCPUs) spooled(Version Reply Output Status Code) " +
		"Result(Bundle Files) failure(Kind Text File Line Col)",
}

// TestSpoolVersionGrows wants another version for another form.
func TestSpoolVersionGrows(t *testing.T) {
	var form []string
	for _, v := range []any{Request{}, Tree{}, Export{}, bundle.Target{}, spooled{}, Result{}, failure{}} {
		typ := reflect.TypeOf(v)
		var fields []string
		for i := range typ.NumField() {
			if f := typ.Field(i); f.IsExported() {
				fields = append(fields, f.Name)
			}
		}
		form = append(form, typ.Name()+"("+strings.Join(fields, " ")+")")
	}
	if got := strings.Join(form, " "); got != spoolForm[spoolVersion] {
		t.Errorf("what goes through the spool has changed: raise spoolVersion and add to spoolForm\n%s", got)
	}
}

// TestSpoolCarriesExterns compiles elsewhere a text with a table of another one.
func TestSpoolCarriesExterns(t *testing.T) {
	startServer(t)
	b, err := compileWith(t, `BPF_TABLE("extern", u32, u64, seen, 1);`, Export{Name: "seen", Type: 9, KeySize: 4, ValueSize: 8, MaxEntries: 7})
	if err != nil {
		t.Fatal(err)
	}
	if m := b.Map("seen"); m == nil || !m.Extern || m.Type != 9 || m.MaxEntries != 7 {
		t.Errorf("%+v", b.Maps)
	}
}
