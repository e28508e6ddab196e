package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/source"
)

// input is a text for a kernel, as it is where nothing was compiled.
func input(text, machine string, version uint32) *Input {
	b := &bundle.Bundle{Functions: []bundle.Function{{Name: "f"}}}
	return &Input{Text: text, Scan: source.Scan(text), Bundle: b, Machine: machine, Version: version,
		TextLine: func(_ string, line int) (int, bool) { return line, true }}
}

// wantFindings expects these, each LINE:COL and words of the message.
func wantFindings(t *testing.T, in *Input, want ...string) {
	t.Helper()
	got := Check(in)
	for i, f := range got {
		place, words := fmt.Sprintf("%d:%d ", f.Line, f.Col), ""
		if i < len(want) {
			place, words, _ = strings.Cut(want[i], " ")
		}
		if i >= len(want) || fmt.Sprintf("%d:%d", f.Line, f.Col) != place || !strings.Contains(f.Message, words) {
			t.Errorf("got %d:%d %s", f.Line, f.Col, f.Message)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d findings, want %q", len(got), want)
	}
}

func TestFormats(t *testing.T) {
	const old, bprintf, chars = 5<<16 | 4<<8, 5<<16 | 13<<8, 5<<16 | 15<<8
	tests := []struct {
		args    string
		version uint32
		want    string // LINE:COL WORDS, "" for nothing
	}{
		{`"no newline"`, old, ""},
		{`"%d %u %lx\n", a, 2, 3`, old, ""},
		{`"%s %lld\n", name, a`, old, ""},
		{`"%s %s\n", name, name`, old, "3:22 takes only one %s before Linux 5.13"},
		{`"%s %s\n", name, name`, bprintf, ""},
		{`"%pus %s\n", name, name`, bprintf, ""},
		{`"%pus\n", name`, old, "3:19 does not know %pus"},
		{`"a" "b %f\n", a`, bprintf, "3:25 does not know %f"},
		{`"%5d\n", a`, old, "3:19 no widths before Linux 5.13 and prints nothing: write %d"},
		{`"%-5d|\n", a`, bprintf, ""},
		{`"%.2d\n", a`, chars, "3:19 does not know %.2d"},
		{`"%d%%\n", a`, old, "3:21 knows no %% before"},
		{`"%d%%\n", a`, bprintf, ""},
		{`"%c\n", a`, bprintf, "3:19 does not know %c"},
		{`"%c\n", a`, chars, ""},
		{`"%X\n", a`, old, "3:19 does not know %X"},
		{`"%pI4 %ps %px\n", p, p, p`, bprintf, ""},
		{`"%pI4\n", p`, old, "3:19 does not know %pI"},
		{`"%sx\n", name`, chars, "3:19 does not know %sx"},
		{`"%s, (%s)\n", name, p`, chars, ""},
		{`"%hhu %zu\n", a, a`, chars, "3:19 does not know %hhu"},
		{`"%d %d %d %d\n", a, a, a`, chars, "3:28 three conversions at most"},
		{`"%d %d\n", a`, chars, "3:18 2 conversions and 1 argument: what is printed"},
		{`"%d\n", a, a`, chars, "3:18 1 conversion and 2 arguments: the others"},
		{`"%s\n", a`, chars, "3:26 a is a number"},
		{`"%s\n", wide`, chars, ""}, // may be an address
		{`"%s\n", 5`, chars, "3:26 5 is a number"},
		{`"%s\n", list`, chars, ""},
		{`FORMAT, a`, chars, ""},
		{`"100%"`, chars, "3:22 does not know %"},
	}
	for _, tt := range tests {
		text := "int f(void *ctx, int a)\n{ char name[16]; const char *p; u64 wide; u8 list[4];\nbpf_trace_printk(" + tt.args + ");\nreturn 0; }"
		t.Run(tt.args, func(t *testing.T) {
			var want []string
			if tt.want != "" {
				want = []string{tt.want}
			}
			wantFindings(t, input(text, "x86_64", tt.version), want...)
		})
	}
}

func TestFormatted(t *testing.T) {
	in := input("int f(void *ctx)\n{\n\tbpf_trace_printk(\n\t\t\"a\"\n\t);\n\tbpf_trace_printk(NAME);\n\treturn 0;\n}\n", "x86_64", 0)
	if got := in.Formatted(); len(got) != 3 || !got[3] || !got[4] || !got[5] {
		t.Errorf("got %v", got)
	}
}

func TestLocals(t *testing.T) {
	text := `int f(void *ctx)
{
	struct event e = {}, *p = &e;
	const char name[16], *const q = "a,b;", r;
	unsigned long long big[4][N + 1] = { 1, 2 };
	struct { int a; char b; } key = { .a = 1, .b = f(1, 2) };
	static u64 kept;
	e.a = 1;
	a * 2;
	return e;
	for (int i = 0; i < 3; i++)
		u32 x __attribute__((aligned(8))) = 5;
}`
	code := source.Code(text)
	var got []string
	for _, v := range locals(source.Scan(text).Functions[0].Body(code)) {
		s := source.Join(v.typ) + " "
		if v.pointer {
			s += "*"
		}
		s += v.name.Text
		for _, d := range v.dims {
			s += "[" + source.Join(d) + "]"
		}
		got = append(got, s)
	}
	want := []string{"struct event e", "struct event *p", "const char name[16]", "const char *q", "const char r",
		"unsigned long long big[4][N + 1]", "struct { int a; char b; } key", "static u64 kept", "int i", "u32 x"}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
