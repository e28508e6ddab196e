package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// result is what a command gave.
type result struct {
	status         int
	stdout, stderr string
}

// command runs a program in a folder with more environment.
func command(t *testing.T, dir string, env []string, name string, args ...string) result {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	// The go command leaves its folder behind where a tool fails early.
	cmd.Env = append(append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "TMPDIR="+t.TempDir()), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// faulty is a module whose package hello has a fault in its own text, one in a
// text of the package shared, and a wrong name.
const faulty = `
-- hello/main.go --
package main

import (
	"example.com/faulty/shared"
	"github.com/bccgo/bcc/bccgo"
)

func main() {
	bccgo.Load(shared.Text+"int f(void *ctx) { return broken(); }", nil)
	m, _ := bccgo.Load("BPF_HASH(counts);\nint g(void *ctx)\n{\n\tcounts.increment(1);\n\treturn 0;\n}\n", nil)
	m.Table("count")
}
-- shared/shared.go --
package shared

// Text is C.
const Text = ` + "`" + `
static inline int broken(void)
{
	return nowhere;
}
` + "`" + `
-- clean/main.go --
package main

import "github.com/bccgo/bcc/bccgo"

func main() {
	bccgo.Load("int f(void *ctx)\n{\n\treturn 0;\n}\n", nil)
}
-- other/main.go --
package main

func main() {}
`

// findings are those in it, as go vet prints them.
const findings = `shared/shared.go:7:9: use of undeclared identifier 'nowhere'
        return nowhere;
               ^
hello/main.go:11:10: no table "count" in the program; did you mean counts?
`

// unpack writes the module to a folder of its own.
func unpack(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	_, requires, _ := strings.Cut(string(mod), "require (")
	files := txtar.Parse([]byte(faulty)).Files
	files = append(files, txtar.File{Name: "go.sum", Data: sums}, txtar.File{Name: "go.mod", Data: fmt.Appendf(nil,
		"module example.com/faulty\n\ngo 1.25.0\n\nrequire github.com/bccgo/bcc v0.0.0\n\nreplace github.com/bccgo/bcc => %s\n\nrequire (%s", root, requires)})
	for _, f := range files {
		name := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// needTypes skips the test where the running kernel cannot be compiled for.
func needTypes(t *testing.T) {
	t.Helper()
	if stage := testenv.Current(); stage != testenv.StageUnit {
		t.Skipf("reads Go source and loads nothing: not for the stage %s", stage)
	}
	testenv.NeedHeaders(t)
}

// TestGoVet runs both forms for real.
func TestGoVet(t *testing.T) {
	needTypes(t)
	vet, bccgo := testenv.Tool(t, "bccgovet"), testenv.Tool(t, "bccgo")
	dir := unpack(t)
	for _, argv := range [][]string{
		{"go", "vet", "-vettool=" + bccgo, "./..."},
		{"go", "vet", "-vettool=" + vet, "./..."},
		{bccgo, "vet", "./..."},
		{vet, "./hello"},
	} {
		r := command(t, dir, nil, argv[0], argv[1:]...)
		if r.status != 1 || withoutComments(r.stderr) != findings {
			t.Errorf("%v: status %d, %s\n%s\nwant\n%s", argv, r.status, r.stdout, r.stderr, findings)
		}
	}
	if r := command(t, dir, nil, bccgo, "vet", "./clean", "./other"); r.status != 0 || r.stdout+r.stderr != "" {
		t.Errorf("clean packages: status %d, %s\n%s", r.status, r.stdout, r.stderr)
	}
}

// withoutComments leaves out the lines by which the go command names packages, and
// notes, which depend on the kernel.
func withoutComments(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") && !strings.Contains(line, ": note: ") {
			b.WriteString(line)
		}
	}
	return b.String()
}

func TestJSON(t *testing.T) {
	needTypes(t)
	dir := unpack(t)
	r := command(t, dir, nil, testenv.Tool(t, "bccgovet"), "--json", "./hello")
	var got map[string]map[string][]struct{ Category, Posn, Message string }
	var lines []string
	for line := range strings.Lines(r.stdout) {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	if err := json.Unmarshal([]byte(strings.Join(lines, "")), &got); err != nil || r.status != 0 {
		t.Fatalf("status %d, %v: %s\n%s", r.status, err, r.stdout, r.stderr)
	}
	list := got["example.com/faulty/hello"]["bccgo"]
	if len(list) != 2 || list[0].Category != "compile" || list[1].Category != "name" ||
		list[1].Posn != filepath.Join(dir, "hello/main.go")+":11:10" {
		t.Errorf("got %+v", list)
	}
}

// TestHostThatCannotCompile is told of once, and not as a finding.
func TestHostThatCannotCompile(t *testing.T) {
	needTypes(t)
	vet := testenv.Tool(t, "bccgovet")
	dir := unpack(t)
	env := []string{"LIBBCC_SO_PATH=" + filepath.Join(dir, "absent.so"), "BCCGO_CACHE=off", "BCCGO_COMPILE_SPOOL="}
	for _, argv := range [][]string{{vet, "./..."}, {"go", "vet", "-vettool=" + vet, "./..."}} {
		r := command(t, dir, env, argv[0], argv[1:]...)
		if r.status == 0 || strings.Count(r.stderr, "absent.so") == 0 || strings.Count(r.stderr, "cannot compile") != 1 || strings.Contains(r.stderr, "main.go") {
			t.Errorf("%v: status %d\n%s", argv, r.status, r.stderr)
		}
		if argv[0] == vet && r.status != exitHost {
			t.Errorf("status %d, want %d", r.status, exitHost)
		}
	}
	r := command(t, dir, nil, vet, "--target", "nowhere", "./...")
	if r.status != exitHost || !strings.Contains(r.stderr, filepath.Join(dir, "nowhere")) {
		t.Errorf("absent target: status %d\n%s", r.status, r.stderr)
	}
	r = command(t, dir, nil, vet, "--no-such-option")
	if r.status != exitHost || !strings.Contains(r.stderr, "bccgo vet --help") {
		t.Errorf("wrong option: status %d\n%s", r.status, r.stderr)
	}
}

func TestProtocol(t *testing.T) {
	for line, want := range map[string]bool{
		"-V=full": true, "-flags": true, "-json vet.cfg": true, "-bccgo.tests=true -json /x/vet.cfg": true,
		"": false, "./...": false, "-v ./...": false, "-flags ./...": false, "--help": false,
	} {
		if got := isProtocol(strings.Fields(line)); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}
