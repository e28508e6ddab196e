package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/source"
)

const deep = `struct big { u64 a[20]; };
static inline int help(void *ctx)
{
	char path[LEN];

	return twice(path);
}
static inline int twice(char *p) { u8 more[3]; return 0; }
static inline int idle(void) { u64 not_here[64]; return 0; }
int f(void *ctx)
{
	const struct big b = {}, *p;
	static char kept[9];

	bpf_trace_printk("%d\n", 5);
	return help(ctx);
}
`

func TestStackVars(t *testing.T) {
	var got []string
	vars := StackVars(deep, source.Scan(deep), "f")
	for _, v := range vars {
		got = append(got, fmt.Sprintf("%s:%d:%d %s, %s: %s %d", v.Function, v.Line, v.Col, v.Name, v.Type, v.Decl, v.Size))
	}
	want := []string{
		"f:12:19 b, const struct big: struct big v 0",
		"f:15:2 the format of bpf_trace_printk, :  4",
		"help:4:7 path, char[LEN]: char v[LEN] 0",
		"twice:8:39 more, u8[3]: u8 v[3] 0",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	text := MeasureText(deep, source.Scan(deep), vars)
	for _, part := range []string{"struct big { u64 a[20]; };", "struct ____bccgo_size2v { char v[LEN]; };", "____bccgo_size3, 1);"} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in\n%s", part, text)
		}
	}
	if strings.Contains(text, "help") || strings.Contains(text, "size1v") {
		t.Errorf("got\n%s", text)
	}
}
