package bccgo

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// TestLiveCompileMakesNoBPFCall watches bpf(2) while a program is compiled: the
// compile child, which runs as "exe", must not appear, and this process, which
// then loads the result, must.
func TestLiveCompileMakesNoBPFCall(t *testing.T) {
	testenv.Live(t)
	testenv.NotEmulated(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_bpf")
	t.Setenv("BCCGO_COMPILE_SPOOL", "")
	m := loadLive(t, `
BPF_HASH(callers, u32, u64);
BPF_HASH(children, u32, u64);
TRACEPOINT_PROBE(syscalls, sys_enter_bpf)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32;
	char comm[16] = {};

	bpf_get_current_comm(&comm, sizeof(comm));
	if (pid == ME)
		callers.increment(pid);
	else if (comm[0] == 'e' && comm[1] == 'x' && comm[2] == 'e' && !comm[3])
		children.increment(pid);
	return 0;
}
`, &Options{Defines: me()})
	text := "BPF_HASH(a, u32);\nBPF_PERF_OUTPUT(b);\nint f(void *ctx)\n{\n\ta.increment(1);\n\treturn 0;\n}\n"
	b, err := Compile(text, nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := func(table string) uint64 {
		var sum uint64
		counts, err := Map[uint32, uint64](m, table)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range counts.All() {
			sum += n
		}
		return sum
	}
	if n := seen("children"); n != 0 {
		t.Errorf("the compile child called bpf(2) %d times", n)
	}
	before := seen("callers")
	other, err := LoadBundle(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Close(); err != nil {
		t.Error(err)
	}
	if seen("callers") == before {
		t.Error("loading was not seen either: the test watches nothing")
	}
}

func TestLiveCompileWithoutPrivilege(t *testing.T) {
	testenv.Live(t)
	testenv.NotEmulated(t)
	foreignHeaders(t)
	const mark = "BCCGO_TEST_UNPRIVILEGED"
	if os.Getenv(mark) == "" {
		cmd := exec.Command("/proc/self/exe", "-test.run", "^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), mark+"=1", "BCCGO_COMPILE_SPOOL=")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS") {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	if err := syscall.Setresuid(65534, 65534, 0); err != nil {
		t.Fatal(err)
	}
	defer syscall.Setresuid(0, 0, 0)
	b, err := Compile("BPF_HASH(a, u32);\nint f(void *ctx)\n{\n\ta.increment(1);\n\treturn 0;\n}\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Functions()) != 1 || len(b.Tables()) != 1 {
		t.Errorf("compiled into %v, %v", b.Functions(), b.Tables())
	}
}
