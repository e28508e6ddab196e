package source

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// addSeeds adds the golden texts and pieces of C that are easy to misread.
func addSeeds(f *testing.F) {
	f.Helper()
	names, err := filepath.Glob("testdata/*.c")
	if err != nil || len(names) == 0 {
		f.Fatalf("no seeds in testdata: %v", err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	for _, s := range []string{
		"", "\n", "int f(void *ctx) { return 0; }", "int f() {\n", "}\n)\n;{",
		"#if 0\n}\n#else\n{\n#endif\nint x;", "#define A \\\n", "a \\\n\nb", "/*\n#line 3\n*/",
		"e.perf_submit(c,&d,s", "int f(){\ne.perf_submit(c, (void *)&d\n, s);}",
		"int f(){ e.perf_submit(c, \"a\\\nb\", s); e.ringbuf_output(x[a,\"\\\n\"],1,2); }",
		"BPF_HASH(", "TRACEPOINT_PROBE(a, b)\n{\n}", "struct x {\nint y;\n} z = {\n1,\n};",
	} {
		f.Add(s)
	}
}

const fuzzName = "fuzz \"\x01\\.go"

var inserted = regexp.MustCompile(`(?m)^#line \d+ "fuzz \\"\\001\\\\.go"\n`)

func FuzzAnnotate(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, `\001`) {
			t.Skip("the text could hold what looks like an inserted line")
		}
		out := Annotate(text, ForFile(fuzzName))
		if got := solid(inserted.ReplaceAllString(out, "")); got != solid(text) {
			t.Fatalf("without its directives %q becomes %q", text, got)
		}
		if out == text {
			return
		}
		checkDirectives(t, text, out)
	})
}

// solid is a text without white space, some of which is inserted.
func solid(text string) string { return strings.Join(strings.Fields(text), "") }

// checkDirectives verifies that every directive is read as one, that each
// token is reported on its own line and column, and that no other token changed.
func checkDirectives(t *testing.T, text, out string) {
	t.Helper()
	want := Tokenize(text)
	count, next := 0, 0
	offset := 0 // reported line minus line of out, by the last directive
	for _, tok := range Tokenize(out) {
		if tok.Kind == Directive && inserted.MatchString(tok.Text+"\n") {
			count++
			var line int
			if _, err := fmt.Sscanf(tok.Text, "#line %d ", &line); err != nil {
				t.Fatal(err)
			}
			offset = line - tok.Line - 1
			continue
		}
		if next == len(want) || tok.Text != want[next].Text {
			t.Fatalf("token %d is %q in %q", next, tok.Text, out)
		}
		if w := want[next]; tok.Line+offset != w.Line || tok.Col != w.Col {
			t.Fatalf("%q reported at %d:%d, is at %d:%d", tok.Text, tok.Line+offset, tok.Col, w.Line, w.Col)
		}
		next++
	}
	if next != len(want) {
		t.Fatalf("%d of %d tokens in %q", next, len(want), out)
	}
	if n := len(inserted.FindAllString(out, -1)); count != n {
		t.Fatalf("%d of %d directives count in %q", count, n, out)
	}
}

func FuzzShadow(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		s := ShadowEvents(text)
		if got := undo(s); got != text {
			t.Fatalf("without its insertions %q becomes %q", text, got)
		}
		if strings.Count(s.Text, "\n") != strings.Count(text, "\n") {
			t.Fatalf("lines added to %q", text)
		}
		if len(s.Insertions) != 2*len(s.Events) {
			t.Fatalf("%d insertions for %d events", len(s.Insertions), len(s.Events))
		}
	})
}

// undo takes the insertions out again, using nothing but their positions.
func undo(s *Shadow) string {
	lines := strings.SplitAfter(s.Text, "\n")
	for i := len(s.Insertions) - 1; i >= 0; i-- {
		ins := s.Insertions[i]
		shift := 0
		for _, other := range s.Insertions[:i] {
			if other.Line == ins.Line {
				shift += other.Len
			}
		}
		line := lines[ins.Line-1]
		at := ins.Col - 1 + shift
		lines[ins.Line-1] = line[:at] + line[at+ins.Len:]
	}
	return strings.Join(lines, "")
}

func FuzzCover(f *testing.F) {
	f.Add("int x;\nint y;\n", "int x;\nFOO\nint y;\n", "int y;")
	f.Add("a\nb\nc\nd", "  a\nX\n  d", "b\nc")
	f.Fuzz(func(t *testing.T, text, one, two string) {
		p := &goPackage{}
		var tier []*fragment
		for _, s := range []string{one, two} {
			id := p.addFile(s, s)
			at := make([]loc, len(s)+1)
			for i := range at {
				at[i] = loc{id, int32(i)}
			}
			tier = append(tier, p.fragment(s, at))
		}
		c := newCover(text)
		c.placeAll([][]*fragment{tier[:1], tier})
		c.alignLines(tier)
		if !c.interpolate(p.files) {
			return
		}
		m := &Map{files: p.files, lines: lineOffsets(text), at: c.at}
		for i := range m.lines {
			pos := m.Position(i+1, 1)
			if pos.Line < 1 || pos.Line > strings.Count(pos.File, "\n")+1 {
				t.Fatalf("line %d of %q at %v", i+1, text, pos)
			}
		}
	})
}
