package bccgo

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// faulty is a program that is wrong, and what has to be said of it.
type faulty struct {
	family, name, text string
	want               []announced
}

// announced is a message that has to come: column 0 stands for any.
type announced struct {
	line, col       int
	severity, words string
}

func (a announced) String() string {
	return fmt.Sprintf("%d:%d: %s: %s", a.line, a.col, a.severity, a.words)
}

// fits tells whether a message of the library is the one announced.
func (a announced) fits(d Diagnostic) bool {
	return d.Severity == a.severity && d.Line == a.line && (a.col == 0 || d.Col == a.col) && strings.Contains(d.Message, a.words)
}

// readFaulty reads the programs of a file in testdata/faulty; the first of these
// says how they are written.
func readFaulty(t testing.TB, path string) []faulty {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var list []faulty
	for line := range strings.Lines(string(data)) {
		if name, ok := strings.CutPrefix(line, "-- "); ok {
			list = append(list, faulty{family: strings.TrimSuffix(filepath.Base(path), ".txt"), name: strings.TrimSuffix(name, " --\n")})
		} else if len(list) > 0 {
			list[len(list)-1].addLine(strings.TrimSuffix(line, "\n"))
		}
	}
	return list
}

// addLine adds a line of the text, without the announcements in it.
func (f *faulty) addLine(line string) {
	parts := strings.Split(line, "//~ ")
	if len(parts) == 1 {
		f.text += line + "\n"
		return
	}
	code := parts[0]
	if rest, ok := strings.CutSuffix(strings.TrimRight(code, " "), "\\"); ok {
		code = rest + "\\" // a macro goes on
	}
	number := strings.Count(f.text, "\n") + 1
	for _, part := range parts[1:] {
		severity, words, _ := strings.Cut(part, ":")
		a := announced{line: number, severity: severity, words: strings.TrimSpace(words)}
		if before, after, ok := strings.Cut(code, "@"); ok {
			a.col, code = len(before)+1, before+after
		}
		f.want = append(f.want, a)
	}
	f.text += strings.TrimRight(code, " ") + "\n"
}

// check compares what was reported with what was announced.
func (f *faulty) check(t *testing.T, err error) {
	t.Helper()
	var refused *CompileError
	if !errors.As(err, &refused) {
		t.Fatalf("got %v", err)
	}
	var open []string
	for _, a := range f.want {
		if !f.take(refused, a) {
			open = append(open, a.String())
		}
	}
	for _, d := range refused.Diagnostics {
		if d.Severity == "error" && !f.announces(d) {
			open = append(open, "not announced: "+d.String())
		}
	}
	if open != nil {
		t.Errorf("%s\n--- got\n%v\n--- output\n%s", strings.Join(open, "\n"), refused, cmp.Or(refused.Output, "(none)"))
	}
}

func (f *faulty) take(e *CompileError, a announced) bool {
	return slices.ContainsFunc(e.Diagnostics, func(d Diagnostic) bool {
		return a.fits(d) || slices.ContainsFunc(d.Notes, a.fits)
	})
}

func (f *faulty) announces(d Diagnostic) bool {
	return slices.ContainsFunc(f.want, func(a announced) bool { return a.fits(d) })
}

// faultyStep is how many programs of the table are passed over for each that is
// compiled in the virtual machine, which is slow, and with -short.
// BCCGO_TEST_FAULTY=all takes all.
const faultyStep = 6

// TestFaultyPrograms compiles programs that are wrong in every way we know, and
// wants each message on its line, at its column.
func TestFaultyPrograms(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracefs(t)
	step := 1
	if (testenv.Current() == testenv.StageVM || testing.Short()) && os.Getenv("BCCGO_TEST_FAULTY") != "all" {
		step = faultyStep
	}
	list := allFaulty(t)
	if len(list) < 120 {
		t.Errorf("the table has %d programs", len(list))
	}
	for i := 0; i < len(list); i += step {
		f := list[i]
		t.Run(f.family+"/"+f.name, func(t *testing.T) {
			t.Parallel()
			_, err := Compile(f.text, &Options{Headers: "btf", Cache: CacheOff, FileName: "faulty.c"})
			f.check(t, err)
		})
	}
}
