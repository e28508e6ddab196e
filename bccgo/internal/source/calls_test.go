package source

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeFolder makes a folder of files and returns its path.
func writeFolder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// describeCall is a found text on a line.
func describeCall(c CallText) string {
	if c.Err != nil {
		return fmt.Sprintf("%d:%d %s! %v", c.Pos.Line, c.Pos.Col, c.Call, c.Err)
	}
	return fmt.Sprintf("%d:%d %s %s", c.Pos.Line, c.Pos.Col, c.Call, c.Text)
}

const callers = `package main

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/bccgo/bcc/bccgo"
)

//go:embed prog.c
var embedded string

//go:embed prog.c
var raw []byte

const head = "head;"

var choice = head + other

type tool struct{ program string }

func main() {
	bccgo.Load("lite" + "ral", nil)
	bccgo.LoadContext(context.Background(), head+(other), nil)
	bccgo.Compile(embedded, nil)
	bccgo.CompileContext(context.Background(), string(raw), nil)
	program := "first;"
	if choice != "" {
		program = "second;"
	}
	bccgo.Load(program, nil)
	load("one")
	load("two")
	_ = tool{program: program}
	bccgo.Bake(context.Background(), "dir", choice, nil)
	bccgo.Load(fmt.Sprintf("%d", 1), nil)
	text := "a"
	text += "b"
	bccgo.Load(text, nil)
	bccgo.Load(elsewhere.Text, nil)
	bccgo.Load(missing, nil)
	loop := "x" + loop
	bccgo.Load(loop, nil)
	bccgo.KSym(1)
	load := other2.Load("not ours", nil)
	bccgo.LoadFile("a.c", nil)
}

func load(text string) { bccgo.Load("/* "+text+" */", nil) }
`

func TestFindTexts(t *testing.T) {
	dir := writeFolder(t, map[string]string{
		"main.go": callers, "prog.c": "int embedded;", "other.go": "package main\n\nconst other = `other;`\n",
		"stranger.go": "package stranger\n\nconst missing = \"of another package\"\n",
	})
	found, err := FindTexts(filepath.Join(dir, "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range found {
		if c.Pos.File != filepath.Join(dir, "main.go") {
			t.Errorf("in %s", c.Pos.File)
		}
		got = append(got, describeCall(c))
	}
	want := []string{
		"24:2 Load literal",
		"25:2 LoadContext head;other;",
		"26:2 Compile int embedded;",
		"27:2 CompileContext int embedded;",
		"32:2 Load first;", "32:2 Load second;",
		"36:2 Bake head;other;",
		"37:2 Load! it is made when the program runs, by fmt.Sprintf",
		"40:2 Load! text is put together when the program runs",
		"41:2 Load! it is made when the program runs",
		"42:2 Load! what missing is cannot be told from the package's own source",
		"44:2 Load! loop is made of itself",
		"50:26 Load /* one */", "50:26 Load /* two */",
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

func TestFindTextsByOtherName(t *testing.T) {
	const text = "package p\n\nimport b \"github.com/bccgo/bcc/bccgo\"\n\nfunc f() { b.Load(`x`, nil); bccgo.Load(`y`, nil) }\n"
	dir := writeFolder(t, map[string]string{"p.go": text, "none.go": "package p\n\nfunc g() { bccgo.Load(`x`, nil) }\n", "broken.go": "package p\n\nfunc {\n"})
	found, err := FindTexts(filepath.Join(dir, "p.go"))
	if err != nil || len(found) != 1 || describeCall(found[0]) != "5:12 Load x" {
		t.Errorf("%v, %v", found, err)
	}
	if found, err := FindTexts(filepath.Join(dir, "none.go")); err != nil || len(found) != 0 {
		t.Errorf("without the import: %v, %v", found, err)
	}
	if _, err := FindTexts(filepath.Join(dir, "broken.go")); err == nil || !strings.Contains(err.Error(), "broken.go:3:6") {
		t.Errorf("a file that does not parse: %v", err)
	}
	if _, err := FindTexts(filepath.Join(dir, "no.go")); err == nil {
		t.Error("no file")
	}
}

func TestFindTextsBounds(t *testing.T) {
	var b strings.Builder
	b.WriteString("package p\n\nimport \"github.com/bccgo/bcc/bccgo\"\n\nfunc f() {\n\tt := ``\n")
	for i := range maxTexts + 1 {
		fmt.Fprintf(&b, "\tt = `%d`\n", i)
	}
	b.WriteString("\tbccgo.Load(t, nil)\n}\n")
	dir := writeFolder(t, map[string]string{"p.go": b.String()})
	found, err := FindTexts(filepath.Join(dir, "p.go"))
	if err != nil || len(found) != 1 || found[0].Err == nil {
		t.Errorf("%v, %v", found, err)
	}
}
