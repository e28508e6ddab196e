package source

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestScanFunctions(t *testing.T) {
	tests := []struct {
		text string
		want string // name, then s for static and i for inline
	}{
		{"int f(struct pt_regs *ctx) { return 0; }", "f"},
		{"static int f(void) { }", "f s"},
		{"static inline int f(void) { }", "f si"},
		{"static __always_inline int f(void) { }", "f si"},
		{"static int __attribute__((always_inline)) f(void) { }", "f si"},
		{"__attribute__((noinline)) static int f(void) { }", "f s"},
		{"int f(void) __attribute__((unused)) { }", "f"},
		{"BCC_SEC(\"x\") int f(void) { }", "f"},
		{"struct s *f(int (*g)(int), int h) { if (h) { } }", "f"},
		{"TRACEPOINT_PROBE(sched, sched_switch) { }", "tracepoint__sched__sched_switch"},
		{"RAW_TRACEPOINT_PROBE(sys_enter) { }", "raw_tracepoint__sys_enter"},
		{"KFUNC_PROBE(vfs_read, struct file *f) { }", "kfunc__vfs_read (kfunc__vmlinux__vfs_read)"},
		{"KRETFUNC_PROBE(vfs_read) { }", "kretfunc__vfs_read (kretfunc__vmlinux__vfs_read)"},
		{"MODULE_KFUNC_PROBE(xfs, xfs_read, int a) { }", "kfunc__xfs__xfs_read"},
		{"MODULE_KRETFUNC_PROBE(xfs, xfs_read, int a) { }", "kretfunc__xfs__xfs_read"},
		{"KMOD_RET(f, int a) { }", "kmod_ret__f"},
		{"LSM_PROBE(bpf, int cmd) { }", "lsm__bpf"},
		{"BPF_ITER(task) { }", "bpf_iter__task"},
		{"MY_PROBE(x) { }", ""},
		{"int f(int);\nextern int g(void);\nint h(void) { }", "h"},
		{"struct s { int (*f)(int); };\nstruct s x = { f };\nint y[] = { 1 };", "NONE"},
		{"struct __attribute__((packed)) s { int a; };\nenum { A, B };", "NONE"},
		{"#ifdef A\nint f(int a) {\n#else\nint f(long a) {\n#endif\n}\nint g(void) { }", "f, g"},
		{"#ifdef A\nint f(void) { }\n#else\nint g(void) { }\n#endif", "f, g"},
		{"#if 0\nint f(void) { }\n#endif\nint g(void) { }", "g"},
		{"#define M int f(void) { }\nint g(void) { }", "g"},
		{"BPF_HASH(h)\nint f(void) { }", "f"},
	}
	for _, tt := range tests {
		var got []string
		for _, f := range Scan(tt.text).Functions {
			s := f.Name
			if f.Static || f.Inline {
				s += " "
			}
			if f.Static {
				s += "s"
			}
			if f.Inline {
				s += "i"
			}
			for _, alias := range f.Aliases {
				s += " (" + alias + ")"
			}
			got = append(got, s)
		}
		if got == nil {
			got = []string{"NONE"}
		}
		if s := strings.Join(got, ", "); s != tt.want {
			t.Errorf("%s\ngot %q, want %q", tt.text, s, tt.want)
		}
	}
}

func TestScanFunctionPlaces(t *testing.T) {
	text := "static\n  u64 f(int a,\n\tint b /* c */)\n{\n\treturn a;\n}\n"
	want := []Function{{Name: "f", Params: "int a, int b", StartLine: 1, Line: 2, Col: 7,
		BodyOffset: strings.Index(text, "{"), BodyLine: 4, EndLine: 6, Static: true}}
	if got := Scan(text).Functions; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	macro := Scan("int x;\nMY_PROBE(a, b(c, d))\n{\n}").Functions
	want = []Function{{Macro: "MY_PROBE", Params: "a, b(c, d)", StartLine: 2, Line: 2, Col: 1,
		BodyOffset: 28, BodyLine: 3, EndLine: 4}}
	if !reflect.DeepEqual(macro, want) {
		t.Errorf("got %+v, want %+v", macro, want)
	}
}

func TestScanIncludes(t *testing.T) {
	got := Scan("#include <linux/fs.h>\n  #  include \"my file.h\" // x\n#include MACRO\n#include_next <a.h>\n// #include <no.h>\n").Includes
	want := []Include{{"linux/fs.h", false, 1}, {"my file.h", true, 2}, {"a.h", false, 4}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestScanTables(t *testing.T) {
	text := `BPF_HASH(a, struct key, u64);
BPF_TABLE("percpu_array", int,
	  struct { int x, y; }, b, 64);
BPF_QUEUESTACK("queue", c, u64, 10, 0);
BPF_XDP_REDIRECT_MAP("devmap", int, d, 4)
BPF_HISTOGRAM(e); BPF_RINGBUF_OUTPUT(f, 1 << 4);
int g(void) { BPF_HASH(no); }
`
	var got []string
	for _, table := range Scan(text).Tables {
		got = append(got, fmt.Sprintf("%s %s %d %q", table.Macro, table.Name, table.Line, table.Args))
	}
	want := []string{
		`BPF_HASH a 1 ["a" "struct key" "u64"]`,
		`BPF_TABLE b 2 ["\"percpu_array\"" "int" "struct { int x, y; }" "b" "64"]`,
		`BPF_QUEUESTACK c 4 ["\"queue\"" "c" "u64" "10" "0"]`,
		`BPF_XDP_REDIRECT_MAP d 5 ["\"devmap\"" "int" "d" "4"]`,
		`BPF_HISTOGRAM e 6 ["e"]`,
		`BPF_RINGBUF_OUTPUT f 6 ["f" "1 << 4"]`,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestScanTracepoints(t *testing.T) {
	text := `TRACEPOINT_PROBE( sched , sched_switch ) { }
int tracepoint__syscalls__sys_enter_open(struct tracepoint__syscalls__sys_enter_open *args) { }
int f(struct tracepoint__a__b__c *args) { }
int raw_tracepoint__x__y(void *ctx) { }
// tracepoint__no__comment
#define P(x) TRACEPOINT_PROBE(net, x) struct tracepoint__net__##x; TRACEPOINT_PROBE(irq, irq_handler_##x)
`
	got := Scan(text).Tracepoints
	want := []string{"net:x", "sched:sched_switch", "syscalls:sys_enter_open", "a:b__c"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestScanUnsupported(t *testing.T) {
	tests := []struct{ text, want string }{
		{"int x;", "global variable x 1:5"},
		{"u64 counts[10] = { 1, 2 };", "global variable counts 1:5"},
		{"static struct foo { int a; } x, *y;", "global variable x 1:30, global variable y 1:34"},
		{"int a = f(1, 2), b;", "global variable a 1:5, global variable b 1:18"},
		{"unsigned long long x __attribute__((aligned(8)));", "global variable x 1:20"},
		{"int x __attribute__((section(\"maps/hash\")));", ""},
		{"static int f(void) { }", "static function f 1:12"},
		{"static const char s[] = \"x\";\nconst int y = 1;", ""},
		{"struct a; struct b { int c; }; enum d { E }; union f { int g; } __packed;", ""},
		{"struct h { int a; } BPF_PACKET_HEADER;\nstruct i { int a; } __attribute__((packed));", ""},
		{"typedef struct { int a; } t; extern int x; int f(int); int (*g)(int);", ""},
		{"BPF_HASH(h); SOME_MACRO(x); _Static_assert(1, \"x\"); ;;", ""},
		{"int f(void) { int x; static int y; }", ""},
	}
	for _, tt := range tests {
		var got []string
		for _, f := range Scan(tt.text).Unsupported {
			got = append(got, fmt.Sprintf("%s %s %d:%d", f.Kind, f.Name, f.Line, f.Col))
		}
		if s := strings.Join(got, ", "); s != tt.want {
			t.Errorf("%s\ngot %q, want %q", tt.text, s, tt.want)
		}
	}
}
