package source

import (
	"reflect"
	"strings"
	"testing"
)

func eventNames(events []Event) string {
	var names []string
	for _, e := range events {
		names = append(names, e.Name)
	}
	return strings.Join(names, " ")
}

func TestShadowEventsChoosesCalls(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"perf buffer", "e.perf_submit(ctx, &d, sizeof(d));", "e"},
		{"packet", "e.perf_submit_skb(ctx, skb->len, &d, sizeof(d));", "e"},
		{"ring buffer", "a.ringbuf_output(&d, sizeof(d), 0); b.ringbuf_submit(p, 0);", "a b"},
		{"once for the same data", "e.perf_submit(ctx, &d, 1); e.perf_submit(ctx, & d, 1);", "e"},
		{"again for other data", "e.perf_submit(ctx, &d, 1); e.perf_submit(ctx, &f, 1);", "e e"},
		{"constants", `e.perf_submit(ctx, "abc", 4); e.perf_submit(ctx, NULL, 0); e.perf_submit(ctx, (void *)0, 0); e.perf_submit(ctx, 0, 0);`, ""},
		{"comments and strings", `/* e.perf_submit(ctx, &d, 1); */ f("e.perf_submit(ctx, &d, 1)");`, ""},
		{"members", "x.e.perf_submit(ctx, &d, 1); x->e.perf_submit(ctx, &d, 1);", ""},
		{"too few arguments", "e.perf_submit(ctx); e.ringbuf_submit();", ""},
		{"other methods", "e.update(&a, &b);", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := "int f(void *ctx) {\n" + tt.body + "\n}\n"
			s := ShadowEvents(text)
			if got := eventNames(s.Events); got != tt.want {
				t.Errorf("events %q, want %q in\n%s", got, tt.want, s.Text)
			}
			if tt.want == "" && s.Text != text {
				t.Errorf("text changed to\n%s", s.Text)
			}
			if got := undo(s); got != text {
				t.Errorf("without insertions the text is\n%s", got)
			}
		})
	}
}

func TestShadowEventsPerFunction(t *testing.T) {
	s := ShadowEvents("int f(void *c) {\ne.perf_submit(c, &d, 1);\n}\nint g(void *c) {\ne.perf_submit(c, &d, 1);\n}\n")
	want := []Event{{"e", 2}, {"e", 5}}
	if !reflect.DeepEqual(s.Events, want) {
		t.Errorf("events %v, want %v", s.Events, want)
	}
}

func TestShadowEventsMissed(t *testing.T) {
	text := "#define SEND(x) \\\n\te.perf_submit(ctx, x, 1)\nint f(void *ctx) { SEND(&d); }\n"
	s := ShadowEvents(text)
	if want := []Event{{"e", 2}}; !reflect.DeepEqual(s.Missed, want) || s.Text != text {
		t.Errorf("missed %v, want %v; text %q", s.Missed, want, s.Text)
	}
}

func TestShadowEventsKeepsTheCall(t *testing.T) {
	const call = "e.perf_submit(ctx,\n\t/* , */ &a[f(1, 2)], // the data\n\tsizeof(a[0]))"
	s := ShadowEvents("int f(void *ctx) {\n\tif (" + call + " < 0)\n\t\treturn 1;\n}\n")
	const want = "\tif (({ static struct ____bccgo_ev_e { __typeof__(*(__typeof__(& a [ f ( 1 , 2 ) ]))0) value; } " +
		`____bccgo_ev_e __attribute__((section(".maps.____bccgo_ev"), used)); ` + call + "; }) < 0)\n"
	if !strings.Contains(s.Text, want) {
		t.Errorf("got\n%s\nwant in it\n%s", s.Text, want)
	}
}

func TestShadowCastBeforeAddress(t *testing.T) {
	for data, want := range map[string]string{
		"(void *)&d":               "(& d)",
		"(void *)(const char *)&d": "(& d)",
		"(struct x *)p":            "(( struct x * ) p)",
		"(p)":                      "(( p ))",
	} {
		s := ShadowEvents("int f(void *ctx) {\ne.perf_submit(ctx, " + data + ", 1);\n}")
		if !strings.Contains(s.Text, "__typeof__"+want) {
			t.Errorf("data %s: no %s in %s", data, want, s.Text)
		}
	}
}

func TestShadowColumn(t *testing.T) {
	// Two calls on a line: every byte of the original line must be found
	// again from its column in the new one.
	line := "a.perf_submit(c, &d, 1); x(); b.perf_submit(c, &d, 1); y();"
	s := ShadowEvents("int f(void *c) {\n" + line + "\n}")
	now := strings.Split(s.Text, "\n")[1]
	for _, word := range []string{"a.perf", "x()", "b.perf", "y()"} {
		col, want := strings.Index(now, word)+1, strings.Index(line, word)+1
		if got := s.Column(2, col); got != want {
			t.Errorf("%s in column %d gives %d, want %d", word, col, got, want)
		}
	}
	if got := s.Column(3, 1); got != 1 {
		t.Errorf("a line without insertions: column %d, want 1", got)
	}
}
