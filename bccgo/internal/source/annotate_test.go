package source

import (
	"strings"
	"testing"
)

// linesOf replaces the directives of Annotate by ">LINE" for short tables.
func linesOf(annotated string) string {
	var out []string
	for _, line := range strings.Split(annotated, "\n") {
		if rest, ok := strings.CutPrefix(line, "#line "); ok {
			if n, ok := strings.CutSuffix(rest, ` "p.go"`); ok {
				line = ">" + n
			}
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

func TestAnnotate(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", ">1\n"},
		{"no functions", "int x;\nint y;\n", ">1\nint x;\nint y;\n"},
		{"body", "int f(void *c)\n{\n\treturn 0;\n}\n", ">1\nint f(void *c)\n{\n>3\n\treturn 0;\n}\n"},
		{"body begins on the brace's line", "int f(void *c) { int a,\n b; b = 1;\nc();\n}\n",
			">1\nint f(void *c) {\n>1\n                 int a,\n b; b = 1;\n>3\nc();\n}\n"},
		{"one-line function", "int f(void *c) { return 0; }\nint g;\n", ">1\nint f(void *c) {\n>1\n                 return 0; }\n>2\nint g;\n"},
		{"tabs and letters of several bytes", "int\tf(void *ä) { return 0; }", ">1\nint\tf(void *ä) {\n>1\n   \t              return 0; }"},
		{"an empty body", "int f(void *c) {}\nint g;\n", ">1\nint f(void *c) {}\n>2\nint g;\n"},
		{"two functions on one line", "int f(int c) { return 0; } int g(int c) {\nd();\n}",
			">1\nint f(int c) {\n>1\n               return 0; } int g(int c) {\n>2\nd();\n}"},
		{"two bodies on one line", "int f(int c) { a(); } int g(int c) { b(); }",
			">1\nint f(int c) {\n>1\n               a(); } int g(int c) {\n>1\n                                     b(); }"},
		{"not in a comment", "int f(void) { /* a\nb */ c();\nd();\n}", ">1\nint f(void) { /* a\nb */ c();\n>3\nd();\n}"},
		{"not in a macro", "int f(void) {\n#define A \\\n b();\nc();\n}", ">1\nint f(void) {\n>2\n#define A \\\n b();\nc();\n}"},
		{"not after a continuation", "int f(void) { \\\na();\nb();\n}", ">1\nint f(void) { \\\na();\n>3\nb();\n}"},
		{"not in a string", "int f(void) { s(\"a\\\nb\");\nc();\n}", ">1\nint f(void) {\n>1\n              s(\"a\\\nb\");\n>3\nc();\n}"},
		{"after a call over lines", "int f(void) {\nt.update(\n&a,\n&b);\nc();\n}",
			">1\nint f(void) {\n>2\nt.update(\n&a,\n&b);\n>5\nc();\n}"},
		{"not in an initializer", "int f(void) {\nstruct a b = { c(1,\n2), {\n3 }\n};\nd();\n}",
			">1\nint f(void) {\n>2\nstruct a b = { c(1,\n2), {\n3 }\n};\n>6\nd();\n}"},
		{"not in a branch that does not count", "#if 0\n\" { (\n#else\nint f(void) {\na();\n#endif\n}",
			">1\n#if 0\n\" { (\n#else\nint f(void) {\n>5\na();\n#endif\n}"},
		{"a text with its own directives", "#line 5 \"x.c\"\nint f(void) {\na();\n}", "#line 5 \"x.c\"\nint f(void) {\na();\n}"},
		{"a text with line markers", "# 5 \"x.c\"\nint f(void) {\na();\n}", "# 5 \"x.c\"\nint f(void) {\na();\n}"},
		{"a lone # is no marker", "#\nint x;", ">1\n#\nint x;"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := linesOf(Annotate(tt.text, ForFile("p.go"))); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestAnnotateTwice(t *testing.T) {
	once := Annotate("int f(void *c)\n{\n\treturn 0;\n}\n", ForFile("p.go"))
	if twice := Annotate(once, ForFile("q.go")); twice != once {
		t.Errorf("got\n%s\nwant\n%s", twice, once)
	}
}

func TestAnnotateEscapesNames(t *testing.T) {
	got := Annotate("int x;", ForFile("a\"b\\c\nd.go"))
	if want := `#line 1 "a\"b\\c\012d.go"` + "\nint x;"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
