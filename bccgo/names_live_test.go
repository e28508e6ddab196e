package bccgo

import (
	"slices"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// TestLiveSyscallNames has the kernel tell the numbers of the calls that this
// process makes, and when.
func TestLiveSyscallNames(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "raw_syscalls:sys_enter")
	m := loadLive(t, `
BPF_HASH(last, u32, u64);

TRACEPOINT_PROBE(raw_syscalls, sys_enter)
{
	u32 id = args->id;
	u64 now = bpf_ktime_get_ns();

	if (bpf_get_current_pid_tgid() >> 32 == ME)
		last.update(&id, &now);
	return 0;
}
`, &Options{Defines: me()})
	last, err := Map[uint32, uint64](m, "last")
	if err != nil {
		t.Fatal(err)
	}
	before := MonotonicTime()
	call(1)
	after := MonotonicTime()
	var names []string
	for id, at := range last.All() {
		name := SyscallName(int(id))
		names = append(names, name)
		if number, ok := SyscallNumber(name); !ok || number != int(id) {
			t.Errorf("%s is %d, %t, the kernel says %d", name, number, ok, id)
		}
		if name == "getppid" && (at < before || at > after) {
			t.Errorf("getppid at %d, not between %d and %d", at, before, after)
		}
	}
	for _, want := range []string{"getppid", "bpf"} {
		if !slices.Contains(names, want) {
			t.Errorf("no %s among %q", want, names)
		}
	}
}
