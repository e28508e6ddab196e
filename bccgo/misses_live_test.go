package bccgo

import (
	"errors"
	"os"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// Each print is an event at which the second function prints, which is one, too:
// that one the kernel leaves out.
const missesText = `
RAW_TRACEPOINT_PROBE(bpf_trace_printk)
{
	if (bpf_get_current_pid_tgid() >> 32 == TEST_PID)
		bpf_trace_printk("inner\n");
	return 0;
}

TRACEPOINT_PROBE(syscalls, sys_enter_getpgid)
{
	if (bpf_get_current_pid_tgid() >> 32 == TEST_PID && args->pid == 4194303)
		bpf_trace_printk("outer\n");
	return 0;
}
`

func TestVMMisses(t *testing.T) {
	testenv.VM(t)
	m, err := Load(missesText, &Options{Defines: map[string]string{"TEST_PID": strconv.Itoa(os.Getpid())}})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := m.Misses(); n != 0 || err != nil {
		t.Errorf("before anything: got %d, %v", n, err)
	}
	const calls = 17
	for range calls {
		if _, err := unix.Getpgid(4194303); !errors.Is(err, unix.ESRCH) {
			t.Error(err)
		}
	}
	time.Sleep(testenv.Timeout(100 * time.Millisecond))
	if n, err := m.Misses(); n != calls || err != nil {
		t.Errorf("after %d calls: got %d, %v", calls, n, err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if _, err := m.Misses(); !errors.Is(err, ErrClosed) {
		t.Errorf("of a closed module: %v", err)
	}
	if _, err := (*Module)(nil).Misses(); !errors.Is(err, ErrClosed) {
		t.Errorf("of no module: %v", err)
	}
}
