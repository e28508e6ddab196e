package bccgo

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/cc"
	"github.com/bccgo/bcc/bccgo/internal/source"
)

func TestDiagnosticString(t *testing.T) {
	note := Diagnostic{File: "a.go", Line: 1, Severity: "note", Message: "previous definition is here"}
	for _, test := range []struct {
		d    Diagnostic
		want string
	}{
		{Diagnostic{File: "a.go", Line: 3, Col: 7, Severity: "error", Message: "no", Excerpt: "x\n^", Notes: []Diagnostic{note}},
			"a.go:3:7: error: no\nx\n^\na.go:1: note: previous definition is here"},
		{Diagnostic{File: "a.go", Severity: "error", Message: "no"}, "a.go: error: no"},
		{Diagnostic{Severity: "error", Message: "no"}, "error: no"},
	} {
		if got := test.d.String(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestDiagnosticJSON(t *testing.T) {
	d := Diagnostic{File: "a.go", Line: 3, Severity: "error", Message: "no", Suggestion: "yes",
		Notes: []Diagnostic{{File: "a.go", Line: 1, Col: 2, Severity: "note", Message: "here"}}}
	got, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"file":"a.go","line":3,"severity":"error","message":"no","suggestion":"yes",` +
		`"notes":[{"file":"a.go","line":1,"col":2,"severity":"note","message":"here"}]}`
	if string(got) != want {
		t.Errorf("got %s", got)
	}
}

func TestCompileErrorIsBounded(t *testing.T) {
	e := new(CompileError)
	for i := range 100 {
		d := Diagnostic{File: "a.c", Line: i + 1, Severity: "error", Message: "no"}
		for range 50 {
			d.Notes = append(d.Notes, Diagnostic{File: "a.c", Line: 1, Severity: "note", Message: "here"})
		}
		e.Diagnostics = append(e.Diagnostics, d)
	}
	text := e.Error()
	if n := strings.Count(text, ": error: "); n != maxDiagnostics || !strings.HasSuffix(text, "\nand 80 more") {
		t.Errorf("%d errors, and %q at the end", n, text[len(text)-20:])
	}
	if n := strings.Count(text, "note: here"); n != maxDiagnostics*maxNotes || !strings.Contains(text, "a.c:1: note: and 42 more notes\n") {
		t.Errorf("%d notes in\n%s", n, text)
	}
}

// inFile is a text that stands in a file of its own, about to be compiled.
func inFile(text, name string) *prepared {
	return &prepared{text: text, scan: source.Scan(text), req: new(cc.Request), where: func() *source.Map { return source.ForFile(name) }}
}

// TestCompileErrorWithoutDiagnostics prints what the compiler said, or how it
// ended.
func TestCompileErrorWithoutDiagnostics(t *testing.T) {
	long := strings.Repeat("what is this\n", 500) + strings.Repeat("x", 100000)
	for _, test := range []struct{ output, want string }{
		{"\n a message of libbcc's\n", "compile: a message of libbcc's"},
		{"", "compile: libbcc refused the text without a message"},
		{long, "compile: " + strings.Repeat("what is this\n", maxOutput) + "and 461 more lines"},
	} {
		p := inFile("int x;\n", "t.c")
		err := p.explain(&cc.TextError{Output: test.output})
		var refused *CompileError
		if !errors.As(err, &refused) || refused.Output != test.output || err.Error() != test.want {
			t.Errorf("got %.200q, want %.200q", fmt.Sprint(err), test.want)
		}
	}
}

// TestOutputOfAllKinds reads messages as they should not be.
func TestOutputOfAllKinds(t *testing.T) {
	const text = "int f(void *ctx)\n{\n\treturn x;\n}\n"
	for name, test := range map[string]struct{ output, want string }{
		"a line beyond the text":     {"t.c:99:3: error: no", "t.c:5:3: error: no"},
		"a column beyond the line":   {"t.c:3:900: error: no\n        return x;\n               ^", "t.c:3:900: error: no\n        return x;\n               ^"},
		"numbers that are too large": {"t.c:99999999999999999999:1: error: no", "t.c: error: no"},
		"line zero":                  {"t.c:0:0: error: no", "t.c: error: no"},
		"another file":               {"/usr/include/x y.h:3:1: error: no", "/usr/include/x y.h:3:1: error: no"},
		"a file with colons":         {"a:1:2: b.h:3:1: error: no", "a:1:2: b.h:3:1: error: no"},
		"an excerpt without a caret": {"t.c:3:2: error: no\n  something\n  else", "t.c:3:2: error: no"},
		"a note before any error":    {"t.c:3:2: note: hm", "t.c:3:2: note: hm"},
		"a long line":                {"t.c:3:9: error: no\n" + strings.Repeat("y", 5000) + "\n" + strings.Repeat(" ", 3000) + "^", "t.c:3: error: no\n        return x;"},
		"bytes that are no text":     {"t.c:3:9: error: \xff\x00\n\xff\xfe\n ^", "t.c:3: error: \xff\x00\n        return x;"},
		"LLVM gave up":               {"LLVM ERROR: out of memory\nAllocation failed", "t.c: error: out of memory"},
		"an assembler's message":     {"error: <inline asm>:1:2: unknown token\n\tcpuid\n\t^", "t.c: error: inline assembly: unknown token"},
	} {
		p := inFile(text, "t.c")
		err := p.explain(&cc.TextError{Output: test.output})
		if got := strings.TrimPrefix(err.Error(), "compile: "); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func FuzzParseMessages(f *testing.F) {
	for _, s := range []string{"a.c:2:9: error: no\n x\n ^\n y\n", "error: a.c:0:0: in function f i32 (i8*): stack", "LLVM ERROR: Cannot select: 0x1: i64 = sdiv, a.c:3:4\nIn function: f\n",
		"Error at line 3: Unsupport signed division for DAG: x, a.c:3:4Please\nLLVM ERROR: Cannot", "a.c:1:1: note: x\n\n1 error generated.\n",
		"a.c:3:1: error: redefinition of 'a_table_t'\nstruct tracepoint__a__b {\n^"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, output string) {
		p := inFile("TRACEPOINT_PROBE(a, b) { x();\n}\n", "a.c")
		p.req.Formats = map[string]string{"a/b": "\tfield:int x;\n"}
		for _, d := range p.placer().diagnostics(output) {
			if d.Severity == "" || d.Line < 0 || d.Col < 0 || d.File == "a.c" && d.Line > 3 {
				t.Errorf("%+v", d)
			}
		}
		_ = (&CompileError{Diagnostics: parseDiagnostics(output), Output: output}).Error()
	})
}
