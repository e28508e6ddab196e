package bccgo

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// counting counts the calls of getpgid for a process that there is not.
const counting = `
struct key { u32 pid; u32 ADDED; };
BPF_HASH(calls, u32, u64);
BPF_HASH(keyed, struct key, u64);
BPF_PERCPU_ARRAY(spread, u64, SPREAD);
BPF_PERF_OUTPUT(events);
TRACEPOINT_PROBE(syscalls, sys_enter_getpgid)
{
	struct key k = {};
	u32 pid = bpf_get_current_pid_tgid() >> 32;
	int zero = 0;

	if (pid != ME || args->pid != 4194303)
		return 0;
	k.pid = pid;
	calls.increment(pid);
	keyed.increment(k);
	spread.increment(zero);
	events.perf_submit(args, &pid, sizeof(pid));
	return 0;
}
`

// TestLiveKeep goes on with the tables of an earlier module.
func TestLiveKeep(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getpgid")
	load := func(added, spread string, keep *Module) *Module {
		t.Helper()
		m, err := Load(counting, &Options{Keep: keep, Defines: map[string]string{
			"ME": strconv.Itoa(os.Getpid()), "ADDED": added, "SPREAD": spread}})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	call := func(n int) {
		for range n {
			if _, err := unix.Getpgid(4194303); !errors.Is(err, unix.ESRCH) {
				t.Error(err)
			}
		}
	}
	count := func(m *Module, want uint64) {
		t.Helper()
		calls, err := Map[uint32, uint64](m, "calls")
		if err != nil {
			t.Fatal(err)
		}
		if n, err := calls.Lookup(uint32(os.Getpid())); n != want || err != nil {
			t.Errorf("counted %d, %v; want %d", n, err, want)
		}
	}
	first := load("a", "1", nil)
	call(3)
	if got := first.Kept(); len(got) != 0 {
		t.Errorf("the first has %v", got)
	}
	for _, l := range first.Links() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	second := load("a", "2", first) // spread has another size
	if got := second.Kept(); !slices.Equal(got, []string{"calls", "keyed"}) {
		t.Errorf("the second has %v", got)
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	call(4)
	count(second, 7)
	third := load("b", "2", second) // the keys have another type of the same size
	if got := third.Kept(); !slices.Equal(got, []string{"calls", "spread"}) {
		t.Errorf("the third has %v", got)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	call(1)
	count(third, 8)
	if err := third.Close(); err != nil {
		t.Error(err)
	}
	if _, err := LoadBundle(&Bundle{data: third.bundle}, &Options{Keep: second}); !errors.Is(err, ErrClosed) {
		t.Errorf("keeping the tables of a closed module: %v", err)
	}
}
