package bccgo

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
)

// here is the line of its caller.
func here() int {
	_, _, line, _ := runtime.Caller(1)
	return line
}

func TestCompileErrorPosition(t *testing.T) {
	foreignHeaders(t)
	line := here() + 4
	_, err := Compile(`
int count(void *ctx)
{
	return nowhere;
}
`, nil)
	var refused *CompileError
	if !errors.As(err, &refused) || len(refused.Diagnostics) == 0 {
		t.Fatalf("got %v", err)
	}
	d := refused.Diagnostics[0]
	if filepath.Base(d.File) != "compile_test.go" || d.Line != line || d.Col != 9 || d.Severity != "error" {
		t.Errorf("%s:%d:%d %s, want compile_test.go:%d:9 error", d.File, d.Line, d.Col, d.Severity, line)
	}
	if !strings.Contains(d.Message, "undeclared identifier 'nowhere'") || !strings.Contains(d.Excerpt, "return nowhere;") {
		t.Errorf("message %q, excerpt %q", d.Message, d.Excerpt)
	}
}

func TestCompileErrorAfterMacros(t *testing.T) {
	foreignHeaders(t)
	target := sampleTarget(t)
	line := here() + 12
	_, err := Compile(`
struct event_t { u32 pid; };
BPF_HASH(seen, u32, u64);
BPF_PERF_OUTPUT(events);
TRACEPOINT_PROBE(sched, sched_sample)
{
	struct event_t e = { .pid = args->pid };

	seen.increment(e.pid);
	events.perf_submit(args, &e,
			   sizeof(e));
	e.uid = 0;
	return 0;
}
`, &Options{Target: target})
	var refused *CompileError
	if !errors.As(err, &refused) || len(refused.Diagnostics) == 0 {
		t.Fatalf("got %v", err)
	}
	d := refused.Diagnostics[0]
	if d.Line != line || d.Col != 4 || !strings.Contains(d.Message, "no member named 'uid'") {
		t.Errorf("%s:%d:%d: %s, want line %d column 4", d.File, d.Line, d.Col, d.Message, line)
	}
	if strings.Contains(err.Error(), "____bccgo") {
		t.Errorf("the message speaks of our own insertions:\n%v", err)
	}
}

// sampleTarget is a target with one tracepoint of its own.
func sampleTarget(t *testing.T) *Target {
	t.Helper()
	dir := t.TempDir()
	event := filepath.Join(dir, "events/sched/sched_sample")
	if err := os.MkdirAll(event, 0o755); err != nil {
		t.Fatal(err)
	}
	format := "name: sched_sample\nID: 300\nformat:\n" +
		"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n" +
		"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n" +
		"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n" +
		"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n" +
		"\tfield:pid_t pid;\toffset:8;\tsize:4;\tsigned:1;\n\nprint fmt: \"\"\n"
	writeText(t, filepath.Join(event, "format"), format)
	writeText(t, filepath.Join(dir, "target.json"),
		`{"release":"6.1.0-sample","machine":"x86_64","possible_cpus":6,"online_cpus":3}`)
	target, err := ReadTarget(dir)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func writeText(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestUnsupportedConstructPosition(t *testing.T) {
	foreignHeaders(t)
	_, err := Compile("int total;\nint count(void *ctx)\n{\n\ttotal++;\n\treturn total;\n}\n", &Options{FileName: "count.c"})
	var refused *CompileError
	if !errors.As(err, &refused) {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(err.Error(), "count.c:1:5: error: global variable total") {
		t.Errorf("got %v", err)
	}
}

func TestStaticFunctionThatIsInlined(t *testing.T) {
	foreignHeaders(t)
	_, err := Compile("static int twice(int a)\n{\n\treturn 2 * a;\n}\nint f(void *ctx)\n{\n\treturn twice(2);\n}\n", nil)
	if err != nil {
		t.Errorf("the compiler inlines it, nothing is wrong with it: %v", err)
	}
}

func TestWarningsAreKept(t *testing.T) {
	foreignHeaders(t)
	b, err := Compile("int f(void *ctx)\n{\n\tvoid *p = 5;\n\n\treturn p == ctx;\n}\n", &Options{FileName: "f.c"})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.Diagnostics(), "f.c:3:8: warning:") {
		t.Errorf("diagnostics %q", b.Diagnostics())
	}
	wantWarnings(t, b, "f.c:3:8: incompatible integer to pointer conversion initializing 'void *' with an expression of type 'int' [-Wint-conversion]")
}

// TestWarningsBehindEvents wants the place of a warning on a line whose text was
// changed for the compile, and each but once.
func TestWarningsBehindEvents(t *testing.T) {
	foreignHeaders(t)
	b, err := Compile(`
BPF_PERF_OUTPUT(events);
int f(void *ctx)
{
	int e = 1, *p; events.perf_submit(ctx, &e, sizeof(e)); p = 7; if (e = 3) return 1;
	if (e = 4) return p == ctx;
	return 0;
}
`, nil)
	if err != nil {
		t.Fatal(err)
	}
	line := callLine(t, "int e = 1, *p;")
	const paren = "using the result of an assignment as a condition without parentheses [-Wparentheses]"
	wantWarnings(t, b,
		fmt.Sprintf("compile_test.go:%d:59: incompatible integer to pointer conversion assigning to 'int *' from 'int' [-Wint-conversion]", line),
		fmt.Sprintf("compile_test.go:%d:70: %s", line, paren),
		fmt.Sprintf("compile_test.go:%d:8: %s", line+1, paren))
	want := "        int e = 1, *p; events.perf_submit(ctx, &e, sizeof(e)); p = 7; if (e = 3) return 1;\n" + strings.Repeat(" ", 76) + "^"
	if list := b.Warnings(); len(list) == 3 && list[1].Excerpt != want {
		t.Errorf("got\n%s\nwant\n%s", list[1].Excerpt, want)
	}
}

// callLine is the only line of this file that has the text.
func callLine(t *testing.T, text string) int {
	t.Helper()
	data, err := os.ReadFile("compile_test.go")
	if err != nil {
		t.Fatal(err)
	}
	before, _, ok := strings.Cut(string(data), text)
	if !ok {
		t.Fatalf("no %q in this file", text)
	}
	return strings.Count(before, "\n") + 1
}

// wantWarnings expects these, as FILE:LINE:COL: MESSAGE.
func wantWarnings(t *testing.T, b *Bundle, want ...string) {
	t.Helper()
	var got []string
	for _, d := range b.Warnings() {
		if d.Severity != "warning" {
			t.Errorf("severity %q", d.Severity)
		}
		got = append(got, fmt.Sprintf("%s:%d:%d: %s", d.File, d.Line, d.Col, d.Message))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestCompileOptions(t *testing.T) {
	foreignHeaders(t)
	text := "#ifndef ANSWER\n#error no answer\n#endif\nBPF_ARRAY(a, u64, ANSWER);\n#ifndef FLAG\n#error no flag\n#endif\nint f(void *ctx) { return 0; }\n"
	b, err := Compile(text, &Options{Defines: map[string]string{"ANSWER": "42"}, Cflags: []string{"-DFLAG"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.data.Map("a").MaxEntries; got != 42 {
		t.Errorf("ANSWER was %d", got)
	}
	if _, err := Compile(text, &Options{Defines: map[string]string{"NOT A NAME": ""}}); err == nil {
		t.Error("a define that is no identifier went through")
	}
}

func TestDebugPrints(t *testing.T) {
	foreignHeaders(t)
	for bits, want := range map[Debug]string{
		DebugPreprocessor: "bpf_pseudo_fd", // what libbcc makes of a table
		DebugLLVMIR:       "define ",
		DebugSource:       "Disassembly of function f",
	} {
		b, err := Compile("BPF_HASH(h, u32);\nint f(void *ctx)\n{\n\th.increment(1);\n\treturn 0;\n}\n", &Options{Debug: bits})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.Diagnostics(), want) {
			t.Errorf("with %#x: no %q in %q", bits, want, b.Diagnostics())
		}
	}
}

func TestDebugBTF(t *testing.T) {
	foreignHeaders(t)
	b, err := Compile("struct key { u32 pid; char comm[16]; };\nBPF_HASH(h, struct key, u64);\nint f(void *ctx)\n{\n\tstruct key k = {};\n\n\th.increment(k);\n\treturn 0;\n}\n",
		&Options{Debug: DebugBTF})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{": struct key { u32 pid; char comm[16]; }, size 20\n", "\ntype 1: ", `Func:"f"`} {
		if !strings.Contains(b.Diagnostics(), want) {
			t.Errorf("no %q in\n%s", want, b.Diagnostics())
		}
	}
	if text, err := typeList(nil); err != nil || !strings.Contains(text, "no type information") {
		t.Errorf("without any: %q, %v", text, err)
	}
	if _, err := typeList([]byte("damaged")); err == nil {
		t.Error("damaged type information was read")
	}
}

func TestDebugBits(t *testing.T) {
	const all = DebugLLVMIR | DebugBPF | DebugPreprocessor | DebugSource | DebugBPFRegisterState | DebugBTF
	if all != 0x3f || all.compiler() != 0xd {
		t.Errorf("the bits are %#x, the compiler's %#x", all, all.compiler())
	}
	for want, o := range map[ebpf.LogLevel]Options{
		0: {Debug: DebugSource}, 1: {Debug: DebugBPF}, 2: {Debug: DebugBPFRegisterState}, 3: {Debug: DebugBPFRegisterState, LogLevel: 1},
	} {
		if got := o.logLevel(); got != want {
			t.Errorf("%+v: level %d, want %d", o, got, want)
		}
	}
}

func TestDeadlineOption(t *testing.T) {
	foreignHeaders(t)
	_, err := Compile("int f(void *ctx) { return 0; }", &Options{Deadline: time.Millisecond})
	var late *TimeoutError
	if !errors.As(err, &late) || !strings.Contains(err.Error(), "Options.Deadline") {
		t.Fatalf("got %v", err)
	}
}

func TestNoHeaders(t *testing.T) {
	t.Setenv("BCCGO_HEADERS", "")
	t.Setenv("BCC_KERNEL_SOURCE", "")
	target := &Target{Release: "9.9.9-none", Machine: "x86_64", PossibleCPUs: 1, OnlineCPUs: 1}
	_, err := Compile("int f(void *ctx) { return 0; }", &Options{Target: target})
	var none *HeadersError
	if !errors.As(err, &none) {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(err.Error(), "linux-headers-9.9.9-none") {
		t.Errorf("no package is named in %v", err)
	}
	_, err = Compile("int f(void *ctx) { return 0; }", &Options{Headers: t.TempDir()})
	if !errors.As(err, &none) || !strings.Contains(err.Error(), "kconfig.h") {
		t.Errorf("got %v", err)
	}
}

func TestBundleFile(t *testing.T) {
	foreignHeaders(t)
	b, err := Compile("BPF_HISTOGRAM(d);\nint f(void *ctx)\n{\n\td.increment(1);\n\treturn 0;\n}\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "f.bundle")
	if err := b.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	again, err := ReadBundle(path)
	if err != nil {
		t.Fatal(err)
	}
	one, _ := b.MarshalBinary()
	two, _ := again.MarshalBinary()
	if !bytes.Equal(one, two) || again.Tables()[0] != "d" || again.Functions()[0] != "f" {
		t.Error("the bundle read differs from the one written")
	}
	if left, _ := filepath.Glob(path + ".*"); len(left) > 0 {
		t.Errorf("%v is left behind", left)
	}
	writeText(t, path, string(one[:len(one)/2]))
	var damaged *CorruptError
	if _, err := ReadBundle(path); !errors.As(err, &damaged) {
		t.Errorf("got %v", err)
	}
	writeText(t, path, "int f(void *ctx)")
	if _, err := ReadBundle(path); !errors.Is(err, ErrNotBundle) {
		t.Errorf("got %v", err)
	}
	if _, err := ReadBundle(path + ".none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if err := b.WriteFile(filepath.Join(path, "no/such/folder")); err == nil {
		t.Error("wrote into a folder that does not exist")
	}
}

func TestReadTargetRefusals(t *testing.T) {
	dir := t.TempDir()
	if _, err := ReadTarget(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	for _, text := range []string{"{", "{}", `{"release":"6.1","machine":"x86_64"}`} {
		writeText(t, filepath.Join(dir, "target.json"), text)
		if _, err := ReadTarget(dir); err == nil {
			t.Errorf("%s was taken for a target", text)
		}
	}
}

// TestSignedDivision compiles what makes LLVM abort.
func TestSignedDivision(t *testing.T) {
	foreignHeaders(t)
	_, err := Compile(`#include <linux/ptrace.h>
int kprobe__x(struct pt_regs *ctx)
{
	long a = PT_REGS_PARM1(ctx);
	long b = PT_REGS_PARM2(ctx);

	return a / b;
}
`, &Options{FileName: "divide.c"})
	var refused *CompileError
	if !errors.As(err, &refused) || len(refused.Diagnostics) == 0 {
		t.Fatal(err)
	}
	d := refused.Diagnostics[0]
	if d.File != "divide.c" || d.Line != 7 || !strings.Contains(d.Message, "unsigned") || strings.Contains(err.Error(), "goroutine") {
		t.Errorf("%v", err)
	}
}
