package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// refused is C that compiles and that the verifier objects to in line 7.
const refused = `BPF_HASH(counts, u32, u64);

int tracepoint__syscalls__sys_enter_getpgid(void *ctx)
{
	u32 key = 0;
	u64 *count = counts.lookup(&key);
	*count += 1;
	return 0;
}
`

// contexts has functions whose arguments alone say what they are.
const contexts = `
#include <uapi/linux/ptrace.h>
#include <uapi/linux/bpf_perf_event.h>

int packet(struct __sk_buff *skb) { return skb->len; }
int frame(struct xdp_md *ctx) { return ctx->data_end - ctx->data > 60 ? XDP_PASS : XDP_DROP; }
int sample(struct bpf_perf_event_data *ctx) { return ctx->sample_period > 1; }
int entered(struct pt_regs *ctx) { return PT_REGS_PARM1(ctx) > 0; }
int anything(void *ctx) { return 0; }
`

func TestCheck(t *testing.T) {
	tool := live(t)
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, bad, broken := file("good.c", watch), file("refused.c", refused), file("broken.c", "int f(void *ctx)\n{\n\treturn nowhere;\n}\n")
	doubtful := file("doubtful.c", "BPF_HASH(never, u32, u64);\nint f(void *ctx)\n{\n\treturn 0;\n}\n")
	doubt := doubtful + ":1:10: warning: table never is never used"
	missing := filepath.Join(dir, "missing.c")
	for _, test := range []struct {
		name   string
		args   []string
		status int
		stderr []string // each a part of it; nothing means silence
	}{
		{"good", []string{"-DPID=1", good}, 0, nil},
		{"types by argument", []string{file("contexts.c", contexts)}, 0, nil},
		{"warning", []string{"--no-load", doubtful}, 0, []string{doubt, "\nBPF_HASH(never, u32, u64);\n         ^\n"}},
		{"warning kept quiet", []string{"--no-load", "--no-warnings", doubtful}, 0, nil},
		{"warning as an error", []string{"--no-load", "--werror", doubtful}, 1, []string{doubt, "bccgo: " + doubtful + ": 1 warning, and --werror was given\n"}},
		{"macro missing", []string{good}, 1, []string{good + ":21:13: error: use of undeclared identifier 'PID'\n"}},
		{"syntax error", []string{broken}, 1, []string{broken + ":3:9: error: use of undeclared identifier 'nowhere'\n        return nowhere;\n               ^\n"}},
		{"stack too big", []string{file("stack.c", "int f(void *ctx)\n{\n\tchar z[2000];\n\n\tbpf_trace_printk(\"%s\", z);\n\treturn 0;\n}\n")}, 1,
			[]string{dir + "/stack.c:5: error: the stack limit of 512 bytes is exceeded: ", dir + "/stack.c:3:7: note: f has 512 bytes of stack, and keeps there: z (char[2000]) 2000 bytes in line 3"}},
		{"with its notes", []string{"--no-load", file("twice.c", "#define LAST(a) (a)->last\nstruct t { int a; };\nint f(void *ctx)\n{\n\tstruct t t = {};\n\treturn LAST(&t);\n}\n")}, 1,
			[]string{dir + "/twice.c:6:9: error: no member named 'last' in 'struct t'\n        return LAST(&t);\n               ^~~~~~~~\n" +
				dir + "/twice.c:1:22: note: expanded from macro 'LAST'\n#define LAST(a) (a)->last\n                ~~~  ^\n"}},
		{"rewritten", []string{"--no-load", file("format.c", "int f(void *ctx)\n{\n\tchar text[] = \"hit\";\n\n\tbpf_trace_printk(text);\n\treturn 0;\n}\n")}, 1,
			[]string{dir + "/format.c:5:2: error: bpf_trace_printk takes its format as a string literal\n        bpf_trace_printk(text);\n        ^\n"}},
		{"warning", []string{"--cflag", "-Wunused-variable", file("warns.c", "int f(void *ctx)\n{\n\tint z;\n\treturn 0;\n}\n")}, 0,
			[]string{dir + "/warns.c:3:6: warning: unused variable 'z'"}},
		{"verifier", []string{bad}, 1, []string{bad + ":7: error: the verifier refuses tracepoint__syscalls__sys_enter_getpgid: R0 invalid mem access 'map_value_or_null'\n"}},
		{"verifier's log", []string{"-v", bad}, 1, []string{bad + ":7: error: ", "call bpf_map_lookup_elem#1"}},
		{"only compiled", []string{"--no-load", bad}, 0, nil},
		{"missing", []string{missing}, 2, []string{"bccgo: read program: open " + missing + ": no such file"}},
		{"all are checked", []string{missing, bad, broken}, 2, []string{"bccgo: read program: ", bad + ":7: error: ", broken + ":3:9: error: "}},
		{"no headers", []string{"--headers", dir, good}, 2, []string{"bccgo: find kernel headers for ", dir}},
		{"target", []string{"--target", dir, good}, 2, []string{"bccgo: read target " + dir}},
	} {
		t.Run(test.name, func(t *testing.T) {
			res := testenv.Run(t, enough, append([]string{tool, "check"}, test.args...)...)
			if res.ExitCode != test.status || res.Stdout != "" || test.stderr == nil && res.Stderr != "" {
				t.Errorf("want exit status %d: %v", test.status, res)
			}
			for _, want := range test.stderr {
				if !strings.Contains(res.Stderr, want) {
					t.Errorf("no %q in\n%s", want, res.Stderr)
				}
			}
		})
	}
}

func TestCheckFindsIncludesBesideTheFile(t *testing.T) {
	tool := live(t)
	t.Setenv("BCCGO_COMPILE_SPOOL", "") // a compiler elsewhere has other files
	source := write(t, "includes.c", "#include \"shared.h\"\nint f(void *ctx) { return ANSWER; }\n")
	if err := os.WriteFile(filepath.Join(filepath.Dir(source), "shared.h"), []byte("#define ANSWER 42\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if res := testenv.Run(t, enough, tool, "check", source); res.ExitCode != 0 || res.Stderr != "" {
		t.Errorf("%v", res)
	}
}

func TestCompileAndRunBundle(t *testing.T) {
	tool := live(t)
	w := startWorker(t)
	source := write(t, "watch.c", watch)
	bundle := strings.TrimSuffix(source, ".c") + ".bundle"
	if res := testenv.Run(t, enough, tool, "compile", w.define(), source); res.ExitCode != 0 || res.Stdout+res.Stderr != "" {
		t.Fatalf("compile: %v", res)
	}
	if err := os.Remove(source); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tool, "run", "-v", bundle)
	cmd.Env = append(os.Environ(), "BCCGO_HEADERS=/nonexistent") // nothing can be compiled
	p := testenv.StartCmd(t, cmd)
	attached(p)
	w.call(t, 4)
	res := p.Stop()
	if res.ExitCode != 0 || strings.Contains(res.Stderr, "compiled") ||
		strings.Count(res.Stdout, fmt.Sprintf("events: pid=%d ", w.Pid())) != 4 ||
		!strings.Contains(res.Stdout, fmt.Sprintf("\ncalls:\n  %d  4\n", w.Pid())) {
		t.Errorf("run: %v", res)
	}
	if res := testenv.Run(t, enough, tool, "check", bundle); res.ExitCode != 0 || res.Stderr != "" {
		t.Errorf("check: %v", res)
	}
	checkDamaged(t, tool, bundle)
}

// checkDamaged cuts the bundle off, and changes a byte of it.
func checkDamaged(t *testing.T, tool, bundle string) {
	t.Helper()
	data, err := os.ReadFile(bundle)
	if err != nil {
		t.Fatal(err)
	}
	changed := []byte(string(data))
	changed[len(changed)/2] ^= 1
	for name, content := range map[string]string{"cut": string(data[:len(data)/2]), "changed": string(changed)} {
		path := write(t, name+".bundle", content)
		for _, cmd := range []string{"run", "check"} {
			res := testenv.Run(t, enough, tool, cmd, path)
			if res.ExitCode != 2 || !strings.HasPrefix(res.Stderr, "bccgo: read bundle "+path+": bundle is damaged") {
				t.Errorf("%s of %s bundle: %v", cmd, name, res)
			}
		}
	}
}

func TestCompileUnreadableAndUnwritable(t *testing.T) {
	tool := live(t)
	source := write(t, "f.c", "int f(void *ctx) { return 0; }\n")
	res := testenv.Run(t, enough, tool, "compile", "-o", "/nonexistent/f.bundle", source)
	if res.ExitCode != 2 || !strings.HasPrefix(res.Stderr, "bccgo: write bundle: ") {
		t.Errorf("unwritable: %v", res)
	}
	bundle := filepath.Join(t.TempDir(), "f.bundle")
	if res := testenv.Run(t, enough, tool, "compile", "-o", bundle, source); res.ExitCode != 0 {
		t.Fatalf("%v", res)
	}
	if res := testenv.Run(t, enough, tool, "compile", bundle); res.ExitCode != 2 || res.Stderr != "bccgo: "+bundle+" is a bundle already\n" {
		t.Errorf("bundle: %v", res)
	}
}

func TestBundleForAnotherKernel(t *testing.T) {
	tool := live(t)
	target := filepath.Dir(write(t, "target.json",
		`{"release":"3.14.0-pie","machine":"x86_64","possible_cpus":2,"online_cpus":2,"btf":"/sys/kernel/btf/vmlinux"}`))
	source := write(t, "f.c", "int tracepoint__syscalls__sys_enter_getpgid(void *ctx) { return 0; }\n")
	bundle := filepath.Join(target, "f.bundle")
	if res := testenv.Run(t, enough, tool, "compile", "--target", target, "-o", bundle, source); res.ExitCode != 0 {
		t.Fatalf("%v", res)
	}
	for _, cmd := range []string{"run", "check"} {
		args := []string{tool, cmd, bundle}
		if cmd == "run" {
			args = append(args, "-d", "0")
		}
		res := testenv.Run(t, enough, args...)
		if res.ExitCode != 2 || !strings.HasPrefix(res.Stderr, "bccgo: "+bundle+": load program: it is for kernel 3.14.0-pie, and this is ") {
			t.Errorf("%s: %v", cmd, res)
		}
		if res := testenv.Run(t, enough, append(args, "--force")...); res.ExitCode != 0 || res.Stderr != "" {
			t.Errorf("%s --force: %v", cmd, res)
		}
	}
	if res := testenv.Run(t, enough, tool, "run", "--target", target, source); res.ExitCode != 2 || !strings.Contains(res.Stderr, "3.14.0-pie") {
		t.Errorf("run --target: %v", res)
	}
}

func TestServe(t *testing.T) {
	tool := live(t)
	spool := filepath.Join(t.TempDir(), "spool")
	cmd := exec.Command(tool, "compile", "--serve", spool)
	cmd.Env = append(os.Environ(), "BCCGO_COMPILE_SPOOL=")
	server := testenv.StartCmd(t, cmd)
	client := func(text string) testenv.Result {
		cmd := exec.Command(tool, "check", "-")
		cmd.Env = append(os.Environ(), "BCCGO_COMPILE_SPOOL="+spool)
		cmd.Stdin = strings.NewReader(text)
		return testenv.StartCmd(t, cmd).Wait(enough)
	}
	for deadline := 0; ; deadline++ {
		if _, err := os.Stat(spool); err == nil {
			break
		}
		if deadline > 1000 {
			t.Fatal("the server made no spool")
		}
		syscall.Nanosleep(&syscall.Timespec{Nsec: 1e7}, nil)
	}
	if res := client("int f(void *ctx) { return 0; }\n"); res.ExitCode != 0 || res.Stderr != "" {
		t.Errorf("good: %v", res)
	}
	if res := client("int f(void *ctx)\n{\n\treturn x;\n}\n"); res.ExitCode != 1 || !strings.Contains(res.Stderr, "stdin:3:9: error: ") {
		t.Errorf("bad: %v", res)
	}
	server.Signal(syscall.SIGTERM)
	if res := server.Wait(enough); res.ExitCode != 0 || res.Stdout+res.Stderr != "" {
		t.Errorf("server: %v", res)
	}
}
