package source

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// program is a Go package on disk whose main.go calls Load on the line marked
// "// HERE".
type program struct {
	dir   string
	files map[string]string
}

func writeProgram(t *testing.T, files map[string]string) program {
	t.Helper()
	p := program{t.TempDir(), files}
	for name, text := range files {
		path := filepath.Join(p.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func (p program) locate(t *testing.T, text string) *Map {
	t.Helper()
	m, err := Locate(filepath.Join(p.dir, "main.go"), lineOf(p.files["main.go"], "// HERE"), text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// lineOf is the number of the only line that contains s.
func lineOf(text, s string) int {
	return strings.Count(text[:strings.Index(text, s)], "\n") + 1
}

// check verifies where words of the text come from: "word" must be on the
// line of the file that holds mark, at the word itself when it is there.
func (p program) check(t *testing.T, m *Map, text, word, name, mark string) {
	t.Helper()
	at := strings.Index(text, word)
	if at < 0 {
		t.Fatalf("no %q in the text", word)
	}
	line := lineOf(text, word)
	pos := m.Position(line, at-strings.LastIndexByte(text[:at], '\n'))
	file := p.files[name]
	if pos.File != filepath.Join(p.dir, name) || pos.Line != lineOf(file, mark) {
		t.Errorf("%q at %v, want %s:%d", word, pos, name, lineOf(file, mark))
		return
	}
	source := strings.Split(file, "\n")[pos.Line-1]
	if want := strings.Index(source, word) + 1; want > 0 && pos.Col != want {
		t.Errorf("%q in column %d, want %d of %s", word, pos.Col, want, source)
	}
}

func TestLocateRawLiteral(t *testing.T) {
	const text = "#include <a.h>\nint f(void *c)\n{\n\treturn one;\n}\n"
	p := writeProgram(t, map[string]string{"main.go": "package main\n\nfunc main() {\n\tbcc.Load(`" + text + "`, nil) // x\n}\n"})
	m, err := Locate(filepath.Join(p.dir, "main.go"), 4, text)
	if err != nil {
		t.Fatal(err)
	}
	p.check(t, m, text, "#include", "main.go", "bcc.Load")
	p.check(t, m, text, "one", "main.go", "one")
	if line, ok := m.TextLine(filepath.Join(p.dir, "main.go"), 7); line != 4 || !ok {
		t.Errorf("Go line 7 is text line %d, %v; want 4", line, ok)
	}
	if _, ok := m.TextLine(filepath.Join(p.dir, "main.go"), 3); ok {
		t.Error("Go line 3 is no line of the text")
	}
}

func TestLocateConcatenation(t *testing.T) {
	p := writeProgram(t, map[string]string{
		"main.go": "package main\n\nconst head = \"int first;\\n\" +\n\t\"int sec\\tond;\\n\"\n\n" +
			"const decoy = `int f(void) { return same; }\n`\n\n" +
			"func main() {\n\tbody := `int f(void) { return same; }\n` // BODY\n" +
			"\tbcc.Load(head+body+tail, nil) // HERE\n}\n",
		"other.go": "package main\n\nvar tail = `\nint last;\n`\n",
		"stray.go": "package other\n\nvar tail = `\nint last;\n`\n",
	})
	text := "int first;\nint sec\tond;\nint f(void) { return same; }\n\nint last;\n"
	m := p.locate(t, text)
	p.check(t, m, text, "int first", "main.go", "int first")
	p.check(t, m, text, "int sec", "main.go", "int sec")
	p.check(t, m, text, "int last", "other.go", "int last")
	if pos := m.Position(3, 1); pos.Line != lineOf(p.files["main.go"], "body :=") {
		t.Errorf("the body is at %v, not in the variable the call names", pos)
	}
	// The escape takes two bytes in the Go file.
	if pos := m.Position(2, len("int sec\to")); pos.Col != strings.Index("\t\"int sec\\tond", "ond")+1 {
		t.Errorf("the byte after the escape is at %v", pos)
	}
	annotated := Annotate(text, m)
	if got := strings.Count(annotated, "#line "); got < 3 {
		t.Errorf("%d directives for three places in\n%s", got, annotated)
	}
}

func TestLocateSeveralLinesInOneLiteral(t *testing.T) {
	p := writeProgram(t, map[string]string{
		"main.go": "package main\n\nfunc main() {\n\tbcc.Load(\"int aa;\\nint bb;\\n\", nil) // HERE\n}\n"})
	text := "int aa;\nint bb;\n"
	m := p.locate(t, text)
	p.check(t, m, text, "int aa", "main.go", "int aa")
	p.check(t, m, text, "int bb", "main.go", "int aa")
	if _, ok := m.TextLine(filepath.Join(p.dir, "main.go"), 4); ok {
		t.Error("two lines of the text on one Go line must be ambiguous")
	}
	want := "#line 4 \"" + filepath.Join(p.dir, "main.go") + "\"\n"
	if got := Annotate(text, m); got != want+"int aa;\n"+want+"int bb;\n" {
		t.Errorf("got\n%s", got)
	}
}

const template = `int before;
int f(void *ctx)
{
	FILTER
	int type = TYPE;
	return after;
}
`

func TestLocateReplacedPlaceholders(t *testing.T) {
	main := "package main\n\nconst template = `" + template + "`\n\nfunc main() {\n" +
		"\ttext := strings.NewReplacer(\"FILTER\", filter(), \"TYPE\", \"5\").Replace(template)\n" +
		"\tbcc.Load(text, nil) // HERE\n}\n"
	p := writeProgram(t, map[string]string{"main.go": main})
	text := strings.NewReplacer("FILTER", "u32 pid = get();\n\tif (pid != 7)\n\t\treturn 0;", "TYPE", "5").Replace(template)
	m := p.locate(t, text)
	for _, word := range []string{"int before", "int f", "return after"} {
		p.check(t, m, text, word, "main.go", word)
	}
	for _, word := range []string{"u32 pid", "if (pid", "int type"} {
		line := lineOf(text, word)
		pos := m.Position(line, 1)
		first, last := lineOf(main, "FILTER\n"), lineOf(main, "TYPE;")
		if pos.Line < first || pos.Line > last {
			t.Errorf("%q on Go line %d, want %d to %d", word, pos.Line, first, last)
		}
	}
	p.check(t, m, text, "u32 pid", "main.go", "\tFILTER")
}

func TestLocatePieceInPlaceholder(t *testing.T) {
	main := "package main\n\nconst template = `" + template + "`\n\nfunc main() {\n" +
		"\tfilter := \"if (skip())\\n\" +\n\t\t\"return 0;\"\n" +
		"\tbcc.Load(strings.Replace(template, \"FILTER\", filter, 1), nil) // HERE\n}\n"
	p := writeProgram(t, map[string]string{"main.go": main})
	text := strings.Replace(template, "FILTER", "if (skip())\nreturn 0;", 1)
	m := p.locate(t, text)
	p.check(t, m, text, "if (skip", "main.go", "if (skip")
	p.check(t, m, text, "return 0", "main.go", "return 0")
	p.check(t, m, text, "int type", "main.go", "int type")
	p.check(t, m, text, "int before", "main.go", "int before")
}

func TestLocateChangedSpace(t *testing.T) {
	main := "package main\n\nfunc main() {\n\tbcc.Load(dedent(`\n\t\tint before;\n\t\tint f(void)\n\t\t{\n\t\t\tdo_it();\n\t\t}\n\t`), nil) // HERE\n}\n"
	p := writeProgram(t, map[string]string{"main.go": main})
	text := "int before;\nint f(void)\n{\n\tdo_it();\n}\n"
	m := p.locate(t, text)
	for _, word := range []string{"int before", "int f", "do_it"} {
		p.check(t, m, text, word, "main.go", word)
	}
}

func TestLocateGeneratedStart(t *testing.T) {
	main := "package main\n\nfunc main() {\n\ttext := fmt.Sprintf(`#define N %d\n#define M %d\nint before;\nint after;\n`, n, m)\n\tbcc.Load(text, nil) // HERE\n}\n"
	p := writeProgram(t, map[string]string{"main.go": main})
	text := "#define N 3\n#define M 4\nint before;\nint after;\n"
	m := p.locate(t, text)
	p.check(t, m, text, "#define N", "main.go", "#define N")
	p.check(t, m, text, "#define M", "main.go", "#define M")
	p.check(t, m, text, "int after", "main.go", "int after")
}

func TestLocateEmbedded(t *testing.T) {
	c := "#include <a.h>\n\nint f(void *ctx)\n{\n\treturn embedded;\n}\n"
	for name, decl := range map[string]string{
		"string":    "//go:embed bpf/prog.c\nvar text string\n",
		"group":     "var (\n\t//go:embed \"bpf/prog.c\"\n\ttext string\n)\n",
		"directory": "//go:embed all:bpf\nvar dir embed.FS\n\nvar text = read(dir)\n",
		"pattern":   "//go:embed bpf/*.c\nvar dir embed.FS\n\nvar text = read(dir)\n",
	} {
		t.Run(name, func(t *testing.T) {
			p := writeProgram(t, map[string]string{
				"main.go":    "package main\n\n" + decl + "\nfunc main() {\n\tbcc.Load(text, nil) // HERE\n}\n",
				"bpf/prog.c": c,
			})
			m := p.locate(t, c)
			p.check(t, m, c, "#include", "bpf/prog.c", "#include")
			p.check(t, m, c, "embedded", "bpf/prog.c", "embedded")
			if got := Annotate(c, m); strings.Count(got, "#line ") != 2 {
				t.Errorf("a whole file needs two directives, got\n%s", got)
			}
		})
	}
}

func TestLocateThroughParameter(t *testing.T) {
	main := "package main\n\nfunc start(src string) {\n\tbcc.Load(src, nil) // HERE\n}\n\n" +
		"func main() {\n\tstart(`int given;`)\n}\n"
	p := writeProgram(t, map[string]string{"main.go": main})
	m := p.locate(t, "int given;")
	p.check(t, m, "int given;", "int given", "main.go", "int given")
}

func TestLocateField(t *testing.T) {
	main := "package main\n\nvar tools = []tool{\n\t{name: \"a\", src: `int common;\nint aaaa;\n`},\n\t{name: \"b\", src: `int common;\nint bbbb;\n`},\n}\n\n" +
		"func main() {\n\tfor _, t := range tools {\n\t\tbcc.Load(t.src, nil) // HERE\n\t}\n}\n"
	p := writeProgram(t, map[string]string{"main.go": main})
	text := "int common;\nint bbbb;\n"
	m := p.locate(t, text)
	p.check(t, m, text, "int bbbb", "main.go", "int bbbb")
	if pos := m.Position(1, 1); pos.Line != lineOf(main, "name: \"b\"") {
		t.Errorf("first line at %v", pos)
	}
}

func TestLocateErrors(t *testing.T) {
	_, err := Locate("/no/such/dir/main.go", 12, "int x;")
	if !errors.Is(err, ErrNoSource) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	p := writeProgram(t, map[string]string{"main.go": "package main\n\nfunc main() {\n\tbcc.Load(os.Args[1], nil)\n}\n"})
	if _, err = Locate(filepath.Join(p.dir, "main.go"), 4, "int x;"); !errors.Is(err, ErrNotFound) {
		t.Errorf("text from elsewhere: %v", err)
	}
}

func TestForCall(t *testing.T) {
	got := ForCall("/home/u/main.go", 42).Position(7, 3).String()
	if want := "main.go:42 (C text):7:3"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// BenchmarkLocateInLargePackage looks for a text that was put together from
// parts among some thousand strings, hundreds of which are C texts with common
// lines.
func BenchmarkLocateInLargePackage(b *testing.B) {
	dir := b.TempDir()
	for n := range 50 {
		var file strings.Builder
		file.WriteString("package large\n\n")
		for k := range 20 {
			fmt.Fprintf(&file, "const text%d_%d = `\nBPF_HASH(t%d);\nint f%d(struct pt_regs *ctx)\n{\n\tu64 key = %d;\n\n\tt%d.increment(key);\n\treturn 0;\n}\n`\n", n, k, k, k, n, k)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("f%d.go", n)), []byte(file.String()), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	call := filepath.Join(dir, "call.go")
	if err := os.WriteFile(call, []byte("package large\n\nfunc call() { load(build()) }\n"), 0o644); err != nil {
		b.Fatal(err)
	}
	text := "BPF_HASH(t3);\nint other(struct pt_regs *ctx)\n{\n\tu64 key = 77;\n\n\tt3.increment(key);\n\treturn 0;\n}\n"
	for b.Loop() {
		if _, err := Locate(call, 3, text+text); err != nil {
			b.Fatal(err)
		}
	}
}

// Blank lines hold nothing to find, and so must not keep the search going for as
// long as there are strings that have some, too.
func TestBlankLinesAreNotLookedFor(t *testing.T) {
	c := newCover("\n\nint f(void)\n\n{\n\n}\n\n")
	var left []string
	for _, l := range c.freeLines() {
		left = append(left, l.text)
	}
	if got := strings.Join(left, " "); got != "int f(void) { }" {
		t.Errorf("the lines to look for are %q", got)
	}
}
