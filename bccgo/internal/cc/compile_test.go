package cc

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) {
	if os.Getenv(rightsEnv) != "" {
		_, err := Compile(context.Background(), new(Request))
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if os.Getenv(userEnv) != "" {
		if err := compileAsUser(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	testenv.Main(m)
}

// request is a compile of text for an installed kernel that need not be the
// running one.
func request(t *testing.T, text string) *Request {
	t.Helper()
	return &Request{
		Text:           text,
		HeadersRelease: installedHeaders(t),
		Target:         bundle.Target{Release: "6.1.0", Machine: "x86_64", PossibleCPUs: 4, OnlineCPUs: 2},
	}
}

// installedHeaders is a kernel release that has its headers installed.
func installedHeaders(t *testing.T) string {
	t.Helper()
	found := releasesWithHeaders(t)
	if len(found) == 0 {
		t.Skip("no kernel headers are installed for any kernel")
	}
	return found[len(found)-1]
}

func releasesWithHeaders(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("/lib/modules/*/build/include/generated/autoconf.h")
	if err != nil {
		t.Fatal(err)
	}
	for i := range found {
		found[i] = strings.Split(found[i], "/")[3]
	}
	return found
}

func compile(t *testing.T, text string) (*bundle.Bundle, error) {
	t.Helper()
	return bundleOf(Compile(t.Context(), request(t, text)))
}

// bundleOf takes the bundle out of a result.
func bundleOf(r *Result, err error) (*bundle.Bundle, error) {
	if err != nil {
		return nil, err
	}
	return r.Bundle, nil
}

const counting = `
struct key_t { u32 pid; char comm[16]; };
BPF_HASH(counts, struct key_t, u64);
BPF_PERF_OUTPUT(events);
int count(struct pt_regs *ctx)
{
	struct key_t key = {};

	key.pid = bpf_get_current_pid_tgid() >> 32;
	counts.increment(key);
	events.perf_submit(ctx, &key, sizeof(key));
	return 0;
}
`

func TestCompile(t *testing.T) {
	b, err := compile(t, counting)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.FunctionNames(); len(got) != 1 || got[0] != "count" {
		t.Errorf("functions %v", got)
	}
	counts := b.Map("counts")
	if counts == nil || counts.KeySize != 20 || counts.ValueSize != 8 || counts.MaxEntries != 10240 || counts.KeyType == 0 {
		t.Errorf("counts %+v", counts)
	}
	f := b.Function("count")
	if len(f.Lines) == 0 || len(f.FuncInfo) == 0 || len(b.BTF) == 0 {
		t.Error("the debug records are missing")
	}
	if b.License != "GPL" {
		t.Errorf("license %q", b.License)
	}
	if got := b.EventsOf("events"); len(got) != 1 || got[0].Desc == "" {
		t.Errorf("event %+v", got)
	}
}

func TestCompileIsDeterministic(t *testing.T) {
	var first []byte
	for range 3 {
		b, err := compile(t, counting)
		if err != nil {
			t.Fatal(err)
		}
		data, err := b.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if first != nil && string(first) != string(data) {
			t.Fatal("the same request gave other bytes")
		}
		first = data
	}
}

func TestTargetDecides(t *testing.T) {
	req := request(t, `
BPF_ARRAY(cpus, u64, NUMCPUS);
TRACEPOINT_PROBE(nowhere, made_up)
{
	u32 zero = 0;
	u64 v = args->answer;

	cpus.update(&zero, &v);
	return 0;
}
`)
	req.Target.PossibleCPUs = 12
	req.Formats = map[string]string{"nowhere/made_up": "name: made_up\nID: 7\nformat:\n" +
		"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n" +
		"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n" +
		"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n" +
		"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n" +
		"\tfield:u64 answer;\toffset:8;\tsize:8;\tsigned:0;\n\nprint fmt: \"\"\n"}
	b, err := bundleOf(Compile(t.Context(), req))
	if err != nil {
		t.Fatal(err)
	}
	if b.Function("tracepoint__nowhere__made_up") == nil {
		t.Errorf("functions %v", b.FunctionNames())
	}
	if got := b.Map("cpus").MaxEntries; got != 12 {
		t.Errorf("NUMCPUS was %d, the target has 12", got)
	}
}

func TestTargetWithoutTracepoint(t *testing.T) {
	// sched_switch exists on every running kernel, but not in this request.
	_, err := compile(t, "TRACEPOINT_PROBE(sched, sched_switch) { return args->prev_pid; }")
	var text *TextError
	if !errors.As(err, &text) || !strings.Contains(err.Error(), "tracepoint__sched__sched_switch") {
		t.Fatalf("got %v", err)
	}
}

func TestRefusedTexts(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"syntax error", "int f(void *ctx)\n{\n\treturn 0\n}\n", "main.c:3:10: error: expected ';'"},
		{"undeclared table", "int f(void *ctx)\n{\n\tu32 k = 0;\n\tnone.increment(k);\n\treturn 0;\n}\n", "undeclared identifier 'none'"},
		{"missing include", "#include <linux/no_such_header.h>\nint f(void *ctx) { return 0; }\n", "'linux/no_such_header.h' file not found"},
		{"large stack", "int f(void *ctx)\n{\n\tchar b[600];\n\t__builtin_memset(b, 1, sizeof(b));\n\tbpf_trace_printk(\"%s\", b);\n\treturn b[5];\n}\n", "stack"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := compile(t, c.text)
			var text *TextError
			if !errors.As(err, &text) {
				t.Fatalf("got %T: %v", err, err)
			}
			if !strings.Contains(text.Output, c.want) {
				t.Fatalf("no %q in:\n%s", c.want, text.Output)
			}
		})
	}
}

func TestUnsupportedConstructs(t *testing.T) {
	cases := []struct{ name, want, text string }{
		{"global variable", "global variable", "int total;\nint f(void *ctx)\n{\n\ttotal++;\n\treturn total;\n}\n"},
		{"static function", "make the callee static inline", "static noinline int g(int a)\n{\n\treturn a * bpf_get_prandom_u32();\n}\nint f(void *ctx)\n{\n\treturn g(1) + g(2);\n}\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b, err := compile(t, c.text)
			if err == nil {
				t.Fatalf("compiled into %v", b.FunctionNames())
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Fatalf("%T: %v", err, err)
			}
		})
	}
}

func TestMissingLibrary(t *testing.T) {
	req := request(t, counting)
	req.Library = "libbcc-none.so.9"
	_, err := Compile(t.Context(), req)
	var lib *LibraryError
	if !errors.As(err, &lib) || lib.Library != req.Library || !strings.Contains(err.Error(), "apt install libbpfcc") {
		t.Fatalf("got %v", err)
	}
}

func TestDeadline(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	// A text of its own: a compiler elsewhere may have the result of another.
	_, err := Compile(ctx, request(t, fmt.Sprintf("%s/* %d */", counting, time.Now().UnixNano())))
	var late *TimeoutError
	if !errors.As(err, &late) || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
}

func TestChildKilled(t *testing.T) {
	reply, output, err := []byte(nil), "half a message", errors.New("signal: killed")
	_, got := readReply(reply, output, err)
	var child *ChildError
	if !errors.As(got, &child) || !strings.Contains(got.Error(), "signal: killed") || !strings.Contains(got.Error(), "half a message") {
		t.Fatalf("got %v", got)
	}
}

func TestHeadersMissing(t *testing.T) {
	req := request(t, counting)
	req.HeadersRelease, req.Target.Release = "", "9.9.9-none"
	if _, err := Compile(t.Context(), req); err == nil {
		t.Fatal("compiled without headers")
	}
}

func TestNoLibbccAtStart(t *testing.T) {
	file, err := elf.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	libs, err := file.ImportedLibraries()
	if err != nil {
		t.Fatal(err)
	}
	for _, lib := range libs {
		if strings.Contains(lib, "bcc") || strings.Contains(lib, "LLVM") || strings.Contains(lib, "clang") {
			t.Errorf("the binary needs %s to start", lib)
		}
	}
	if len(libs) == 0 {
		t.Error("no library listed: the check sees nothing")
	}
}

func TestChildEnvironment(t *testing.T) {
	got := childEnviron([]string{"A=1", "BCC_KERNEL_SOURCE=/x", "GOTRACEBACK=all", "B=2", "BCC_KERNEL_MODULES_SUFFIX=x",
		"ARCH=arm64", "BCC_LINUX_VERSION_CODE=1", "TMPDIR=/t", "ARCHIVE=1"})
	if strings.Join(got, " ") != "A=1 B=2 TMPDIR=/t ARCHIVE=1" {
		t.Errorf("%v", got)
	}
	if os.Getenv(childEnv) != "" {
		t.Error("the marker is set in the parent")
	}
}

// TestFilesRead wants the list of all that a compile depends on.
func TestFilesRead(t *testing.T) {
	req := request(t, "#include <linux/sched.h>\nint f(void *ctx) { return sizeof(struct task_struct); }\n")
	r, err := Compile(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"/include/linux/sched.h", "/include/linux/kconfig.h", "/include/generated/autoconf.h", "/libbcc.so."} {
		if !slices.ContainsFunc(r.Files, func(name string) bool { return strings.Contains(name, want) }) {
			t.Errorf("%s is not among the %d files", want, len(r.Files))
		}
	}
	for _, name := range r.Files {
		if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() || !filepath.IsAbs(name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
