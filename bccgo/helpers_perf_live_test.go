package bccgo

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// The function runs at each write of the burner's variable.
const perfHelpersText = `
#include <uapi/linux/bpf_perf_event.h>
#include <uapi/linux/perf_event.h>
BPF_ARRAY(out, s64, 4);
int on_write(struct bpf_perf_event_data *ctx)
{
	struct perf_branch_entry branches[2];
	struct bpf_perf_event_value value = {};
	int at = 0;
	s64 n;

	n = bpf_perf_prog_read_value(ctx, &value, sizeof(value));
	out.update(&at, &n);
	at = 1;
	n = value.counter;
	out.update(&at, &n);
	at = 2;
	n = value.running > 0 && value.running <= value.enabled;
	out.update(&at, &n);
	at = 3;
	n = bpf_read_branch_records(ctx, branches, sizeof(branches), 0);
	out.update(&at, &n);
	return 0;
}
`

// TestLivePerfEventHelpers reads an event's own value, and branches, which no
// sample of a breakpoint has.
func TestLivePerfEventHelpers(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, perfHelpersText, nil)
	c := startBurner(t)
	// What threads inherit has no value of its own. A group has no such.
	idle := unix.PerfEventAttr{Type: uint32(PerfTypeSoftware), Config: uint64(PerfSWDummy), Size: unix.PERF_ATTR_SIZE_VER0}
	leader := os.NewFile(uintptr(must(unix.PerfEventOpen(&idle, c.pid, -1, -1, unix.PERF_FLAG_FD_CLOEXEC))(t)), "leader")
	defer leader.Close()
	attr := unix.PerfEventAttr{
		Type:    uint32(PerfTypeBreakpoint),
		Bp_type: 2, // HW_BREAKPOINT_W
		Ext1:    addressBy(t, c.path, "watched"),
		Ext2:    4,
	}
	must(m.AttachPerfEventRaw(&attr, "on_write", &PerfEventOptions{SamplePeriod: 1, PID: c.pid, Group: leader}))(t)
	out := must(Map[int32, int64](m, "out"))(t)
	before := int64(0)
	for range 2 {
		c.call("w")
		got := make(map[int32]int64)
		for at, n := range out.All() {
			got[at] = n
		}
		if got[0] != 0 || got[1] != before+10 || got[2] != 1 || got[3] != -int64(unix.ENOENT) {
			t.Errorf("answers %d after a count of %d", got, before)
		}
		before = got[1]
	}
}
