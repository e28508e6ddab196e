package bccgo

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/source"
	"github.com/bccgo/bcc/internal/testenv"
)

// written is a C text in a Go file: the file's text, and where each byte of the
// text stands in it.
type written struct {
	code strings.Builder
	at   []int
}

// add writes Go code that is no part of the text.
func (w *written) add(code string) { w.code.WriteString(code) }

// raw writes a piece of the text as a raw literal.
func (w *written) raw(piece string) {
	w.add("`")
	for i := range len(piece) {
		w.at = append(w.at, w.code.Len())
		w.code.WriteByte(piece[i])
	}
	w.add("`")
}

// quoted writes a piece of the text as an interpreted literal.
func (w *written) quoted(piece string) {
	w.add(`"`)
	for _, r := range piece {
		escape := strconv.Quote(string(r))
		for range len(string(r)) {
			w.at = append(w.at, w.code.Len())
		}
		w.add(escape[1 : len(escape)-1])
	}
	w.add(`"`)
}

// goForms are the ways to write a text in Go. The call is on the file's last line
// that holds bccgo.Load.
var goForms = map[string]func(w *written, text string){
	"raw": func(w *written, text string) {
		w.add("package p\n\nfunc f() {\n\tbccgo.Load(")
		w.raw(text)
		w.add(", nil)\n}\n")
	},
	"interpreted": func(w *written, text string) {
		w.add("package p\n\nfunc f() {\n\tbccgo.Load(")
		w.quoted(text)
		w.add(", nil)\n}\n")
	},
	"constant": func(w *written, text string) {
		w.add("package p\n\nconst text = ")
		w.raw(text)
		w.add("\n\nfunc f() {\n\tbccgo.Load(text, nil)\n}\n")
	},
	"pieces": func(w *written, text string) {
		w.add("package p\n\nvar text = ")
		for i, line := range strings.SplitAfter(text, "\n") {
			if i > 0 {
				w.add(" +\n\t\t")
			}
			if i%3 == 1 {
				w.raw(line)
			} else {
				w.quoted(line)
			}
		}
		w.add("\n\nfunc f() {\n\tbccgo.Load(text, nil)\n}\n")
	},
	"replaced": func(w *written, text string) {
		before, after, _ := strings.Cut(text, "watch")
		w.add("package p\n\nfunc f() {\n\tbccgo.Load(strings.Replace(")
		start := len(w.at)
		w.raw(before + "NAME" + after)
		if len(after) > 0 || strings.Contains(text, "watch") { // one letter less
			at := start + len(before)
			w.at = append(w.at[:at+4], w.at[at+3:]...)
		}
		w.add(`, "NAME", "watch", 1), nil)` + "\n}\n")
	},
}

// writeForm writes a text in a Go file and returns where it is handed over.
func writeForm(t *testing.T, form, text string) (*written, source.Position) {
	t.Helper()
	w := new(written)
	goForms[form](w, text)
	path := filepath.Join(t.TempDir(), "program.go")
	writeText(t, path, w.code.String())
	code := w.code.String()
	call := strings.Count(code[:strings.LastIndex(code, "bccgo.Load")], "\n") + 1
	return w, source.Position{File: path, Line: call}
}

// position is where a place of the text stands in the Go file.
func (w *written) position(text string, line, col int) (int, int) {
	start := 0
	for range line - 1 {
		start += strings.IndexByte(text[start:], '\n') + 1
	}
	off := min(start+max(col, 1)-1, len(w.at)-1)
	before := w.code.String()[:w.at[off]]
	return strings.Count(before, "\n") + 1, len(before) - strings.LastIndexByte(before, '\n')
}

// hasForm tells whether a text can be written in a form at all.
func hasForm(form, text string) bool {
	return (form == "interpreted" || !strings.Contains(text, "`")) && (form != "replaced" || strings.Contains(text, "watch"))
}

// TestFaultyPositionsInGo writes each faulty program in each form into a Go file,
// and wants the place of each message there.
func TestFaultyPositionsInGo(t *testing.T) {
	testenv.NotEmulated(t)
	for _, f := range allFaulty(t) {
		for form := range goForms {
			if !hasForm(form, f.text) {
				continue
			}
			t.Run(form+"/"+f.name, func(t *testing.T) {
				w, pos := writeForm(t, form, f.text)
				m := locate(f.text, "", pos, nil)
				for _, a := range f.want {
					if a.col == 0 {
						continue
					}
					line, col := w.position(f.text, a.line, a.col)
					if got := m.Position(a.line, a.col); got.File != pos.File || got.Line != line || got.Col != col {
						t.Errorf("%d:%d is at %v, want %d:%d in\n%s", a.line, a.col, got, line, col, w.code.String())
					}
				}
			})
		}
	}
}

// formCases are compiled in each form: messages of clang's, of libbcc's, and of
// LLVM's, on the first line of the text and on others.
var formCases = []string{"undeclared", "fault on a function's only line", "BPF_HASH value", "TRACEPOINT_PROBE line of the brace",
	"redefinition of a function", "stack", "variable-length array", "strlen", "global variable"}

// TestFaultyGoPrograms compiles faulty programs that stand in a Go file.
func TestFaultyGoPrograms(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracefs(t)
	for i, f := range chosenFaulty(t, formCases) {
		for _, form := range []string{"raw", "interpreted", "pieces"} {
			if form != "interpreted" && i%2 == 0 != (form == "raw") {
				continue // each of the two with half of them
			}
			t.Run(form+"/"+f.name, func(t *testing.T) {
				t.Parallel()
				w, pos := writeForm(t, form, f.text)
				moved := f
				moved.want = nil
				for _, a := range f.want {
					line, col := w.position(f.text, a.line, a.col)
					if a.col == 0 {
						col = 0
					}
					moved.want = append(moved.want, announced{line: line, col: col, severity: a.severity, words: a.words})
				}
				_, err := compileAt(t.Context(), f.text, &Options{Headers: "btf", Cache: CacheOff}, pos)
				moved.check(t, err)
				if text := fmt.Sprint(err); !strings.Contains(text, pos.File+":") || strings.Contains(text, textName) {
					t.Errorf("another file than %s in\n%s", pos.File, text)
				}
			})
		}
	}
}

// TestFaultyEmbeddedFile compiles a C file that a Go file embeds.
func TestFaultyEmbeddedFile(t *testing.T) {
	testenv.Live(t)
	f := chosenFaulty(t, []string{"undeclared"})[0]
	dir := t.TempDir()
	writeText(t, filepath.Join(dir, "watch.c"), f.text)
	program := filepath.Join(dir, "program.go")
	writeText(t, program, "package p\n\nimport _ \"embed\"\n\n//go:embed watch.c\nvar text string\n\nfunc f() {\n\tbccgo.Load(text, nil)\n}\n")
	_, err := compileAt(t.Context(), f.text, &Options{Headers: "btf", Cache: CacheOff}, source.Position{File: program, Line: 9})
	f.check(t, err)
	if text := fmt.Sprint(err); !strings.Contains(text, filepath.Join(dir, "watch.c")+":5:15: error: ") {
		t.Errorf("another file in %s", text)
	}
}

// chosenFaulty are the faulty programs of these names.
func chosenFaulty(t *testing.T, names []string) []faulty {
	t.Helper()
	var list []faulty
	for _, name := range names {
		n := len(list)
		for _, f := range allFaulty(t) {
			if f.name == name {
				list = append(list, f)
			}
		}
		if len(list) != n+1 {
			t.Fatalf("%d faulty programs have the name %q", len(list)-n, name)
		}
	}
	return list
}

// allFaulty are all faulty programs.
func allFaulty(t *testing.T) []faulty {
	t.Helper()
	paths, err := filepath.Glob("testdata/faulty/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	var list []faulty
	for _, path := range paths {
		list = append(list, readFaulty(t, path)...)
	}
	return list
}
