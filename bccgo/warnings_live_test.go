package bccgo

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// doubtful does what is warned of, so that its effects show.
const doubtful = `
#include <linux/sched.h>
BPF_ARRAY(letters, u64, 8);
TRACEPOINT_PROBE(syscalls, sys_enter_getpgid)
{
	struct task_struct *t;
	int one = 1, two = 2, five = 5;
	u64 right = 0, wrong;
	char letter = 0;

	if (bpf_get_current_pid_tgid() >> 32 != ME || args->pid != 4194303)
		return 0;
	t = (struct task_struct *)bpf_get_current_task();
	wrong = (u8)t->comm[1];
	bpf_probe_read_kernel(&letter, sizeof(letter), &t->comm[1]);
	right = letter;
	letters.update(&one, &right);
	letters.update(&two, &wrong);
	right = bpf_trace_printk("doubt %f\n", 1);
	letters.update(&five, &right);
	return 0;
}
`

// TestLiveWarningsAreTrue wants what the warnings say to be what happens: an
// element read from the wrong place, and a format that the kernel refuses.
func TestLiveWarningsAreTrue(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getpgid")
	m, err := Load(doubtful, &Options{Defines: map[string]string{"ME": strconv.Itoa(os.Getpid())}, FileName: "d.c"})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	comm, err := os.ReadFile("/proc/thread-self/comm")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = unix.Getpgid(4194303) // there is none
	letters, err := Map[int32, uint64](m, "letters")
	if err != nil {
		t.Fatal(err)
	}
	right, _ := letters.Lookup(1)
	wrong, _ := letters.Lookup(2)
	printed, _ := letters.Lookup(5)
	if right != uint64(comm[1]) || wrong == right || int64(printed) != -int64(unix.EINVAL) {
		t.Errorf("right %d, wrong %d of %q; printk returned %d", right, wrong, comm, int64(printed))
	}
	var got []string
	for _, d := range m.Warnings() {
		got = append(got, d.Message)
	}
	if text := strings.Join(got, "\n"); len(got) != 2 || !strings.Contains(text, "t->comm[1] from the wrong place") || !strings.Contains(text, "does not know %f") {
		t.Errorf("warnings\n%s", text)
	}
}

// TestVMWarningsAtSyscalls attaches functions to the entry of a system call, by
// calls that alone tell where, and compares what they read with what is true.
func TestVMWarningsAtSyscalls(t *testing.T) {
	testenv.VM(t)
	const text = `
BPF_ARRAY(found, u64, 4);
int plain(struct pt_regs *ctx, int pid)
{
	int zero = 0;
	u64 n = pid;

	if (bpf_get_current_pid_tgid() >> 32 == ME)
		found.update(&zero, &n);
	return 0;
}
int syscall__plain(struct pt_regs *ctx, int pid)
{
	int one = 1;
	u64 n = pid;

	if (bpf_get_current_pid_tgid() >> 32 == ME)
		found.update(&one, &n);
	return 0;
}
`
	m, err := Load(text, &Options{Defines: map[string]string{"ME": strconv.Itoa(os.Getpid())}, FileName: "s.c"})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for _, function := range []string{"syscall__plain", "plain"} {
		if list := m.Warnings(); len(list) != 0 {
			t.Errorf("before %s: %v", function, list)
		}
		if _, err := m.AttachKprobe("sys_getpgid", function, nil); err != nil {
			t.Fatal(err)
		}
	}
	list := m.Warnings()
	if len(list) != 1 || list[0].Line != 3 || !strings.Contains(list[0].Message, "parameter pid is not the system call's: __x64_sys_getpgid") {
		t.Errorf("got %v", list)
	}
	_, _ = unix.Getpgid(4194303)
	time.Sleep(testenv.Timeout(10 * time.Millisecond))
	found, err := Map[int32, uint64](m, "found")
	if err != nil {
		t.Fatal(err)
	}
	wrong, _ := found.Lookup(0)
	right, _ := found.Lookup(1)
	if right != 4194303 || wrong == right {
		t.Errorf("with the prefix %d, without %d", right, wrong)
	}
}

// TestLiveUnsetBytes wants the verifier to let bytes pass that were never set,
// except where the warning says that it may not.
func TestLiveUnsetBytes(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getpgid")
	m, err := Load(`
struct event { u32 pid; u64 ts; };
BPF_PERF_OUTPUT(events);
TRACEPOINT_PROBE(syscalls, sys_enter_getpgid)
{
	struct event e = { .pid = bpf_get_current_pid_tgid(), .ts = bpf_ktime_get_ns() };

	events.perf_submit(args, &e, sizeof(e));
	return 0;
}
`, &Options{NoAutoAttach: true, FileName: "unset.c"})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if list := m.Warnings(); len(list) != 1 || list[0].Line != 8 || !strings.Contains(list[0].Message, "4 bytes of padding at offset 4 (after pid)") {
		t.Errorf("warnings %v", list)
	}
	host, err := HostTarget()
	if err != nil {
		t.Fatal(err)
	}
	code, err := host.versionCode()
	if err != nil {
		t.Fatal(err)
	}
	var refused *VerifierError
	err = m.LoadFuncs()
	if old := code < 6<<16|3<<8; err != nil && !(old && errors.As(err, &refused)) {
		t.Errorf("on %s: %v", host.Release, err)
	}
}
