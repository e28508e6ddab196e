package source

import (
	"fmt"
	"strings"
	"testing"
)

func describe(tokens []Token) string {
	names := map[Kind]string{Ident: "ident", Number: "number", String: "string", Char: "char",
		Punct: "punct", Comment: "comment", Directive: "directive", Other: "other"}
	var out []string
	for _, t := range tokens {
		out = append(out, fmt.Sprintf("%s %q %d:%d", names[t.Kind], t.Text, t.Line, t.Col))
	}
	return strings.Join(out, "\n")
}

func TestTokenize(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"words and numbers", "u32 x1=0x1fULL+1.5e-3;", []string{
			`ident "u32" 1:1`, `ident "x1" 1:5`, `punct "=" 1:7`, `number "0x1fULL" 1:8`,
			`punct "+" 1:15`, `number "1.5e-3" 1:16`, `punct ";" 1:22`}},
		{"longest operator", "a->b<<=c...", []string{
			`ident "a" 1:1`, `punct "->" 1:2`, `ident "b" 1:4`, `punct "<<=" 1:5`,
			`ident "c" 1:8`, `punct "..." 1:9`}},
		{"strings", `"a\"b" L'x' u8"y" R"z"`, []string{
			`string "\"a\\\"b\"" 1:1`, `char "L'x'" 1:8`, `string "u8\"y\"" 1:13`,
			`ident "R" 1:19`, `string "\"z\"" 1:20`}},
		{"a string ends with its line", "\"a\nb", []string{`string "\"a" 1:1`, `ident "b" 2:1`}},
		{"a string over a continuation", "\"a\\\nb\" c", []string{`string "\"a\\\nb\"" 1:1`, `ident "c" 2:4`}},
		{"comments", "a/*b\nc*/d//e\\\nf\ng", []string{
			`ident "a" 1:1`, `comment "/*b\nc*/" 1:2`, `ident "d" 2:4`,
			`comment "//e\\\nf" 2:5`, `ident "g" 4:1`}},
		{"an open comment", "/*a", []string{`comment "/*a" 1:1`}},
		{"a quote in a comment", "/* don't */ x", []string{`comment "/* don't */" 1:1`, `ident "x" 1:13`}},
		{"directive with continuation", "#define A \\\n  b\nc", []string{
			`directive "#define A \\\n  b" 1:1`, `ident "c" 3:1`}},
		{"continuation with white space", "#define A \\ \t\r\nb\nc", []string{
			`directive "#define A \\ \t\r\nb" 1:1`, `ident "c" 3:1`}},
		{"directive with a comment over lines", "  # if 1 /* a\nb */ && 1 // c\nd", []string{
			`directive "# if 1 /* a\nb */ && 1 // c" 1:3`, `ident "d" 3:1`}},
		{"directive after a comment", "/* a */ #endif", []string{
			`comment "/* a */" 1:1`, `directive "#endif" 1:9`}},
		{"no directive in a line", "a # b", []string{`ident "a" 1:1`, `punct "#" 1:3`, `ident "b" 1:5`}},
		{"quote in an error directive", "#error don't\nx", []string{`directive "#error don't" 1:1`, `ident "x" 2:1`}},
		{"stray bytes", "\\@\x00", []string{`other "\\" 1:1`, `other "@" 1:2`, `other "\x00" 1:3`}},
		{"continuation between tokens", "a \\\n b", []string{`ident "a" 1:1`, `ident "b" 2:2`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, want := describe(Tokenize(tt.text)), strings.Join(tt.want, "\n")
			if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// checkTokens verifies what holds for the tokens of any text.
func checkTokens(t *testing.T, text string) {
	t.Helper()
	pos := 0
	for _, tok := range Tokenize(text) {
		gap := text[pos:tok.Offset]
		if strings.Trim(gap, " \t\n\v\f\r\\") != "" {
			t.Fatalf("%q lost before %q", gap, tok.Text)
		}
		if tok.Text == "" || text[tok.Offset:tok.End()] != tok.Text {
			t.Fatalf("token %q is not the text at %d", tok.Text, tok.Offset)
		}
		before := text[:tok.Offset]
		if line := strings.Count(before, "\n") + 1; line != tok.Line {
			t.Fatalf("%q on line %d, want %d", tok.Text, tok.Line, line)
		}
		if col := tok.Offset - strings.LastIndexByte(before, '\n'); col != tok.Col {
			t.Fatalf("%q in column %d, want %d", tok.Text, tok.Col, col)
		}
		pos = tok.End()
	}
	if rest := text[pos:]; strings.Trim(rest, " \t\n\v\f\r\\") != "" {
		t.Fatalf("%q lost at the end", rest)
	}
}

func FuzzTokenize(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		checkTokens(t, text)
		for _, fn := range Scan(text).Functions {
			if text[fn.BodyOffset] != '{' || fn.EndLine < fn.BodyLine || fn.BodyLine < fn.StartLine {
				t.Fatalf("impossible function %+v", fn)
			}
		}
	})
}
