package tooltest

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

// Cost is what a tool took in a comparison with BCC's. Compiling is not in it.
type Cost struct {
	// Memory is the most that it had resident at a time, in KiB.
	Memory int64 `json:"memory"`
	// CPU is the processor time between its being ready and its end.
	CPU time.Duration `json:"cpu"`
}

// comparisons are the running ones by their tests; begun are the processor times of
// the tools that they have started.
var comparisons, begun sync.Map

// beginCost notes the processor time of a tool that is ready. Without a comparison it
// does nothing, and so does noteCost.
func beginCost(t testing.TB, p *testenv.Proc) {
	t.Helper()
	if _, compares := comparisons.Load(t); compares {
		begun.Store(p, costOf(t, p.Pid()).CPU)
	}
}

// noteCost adds what a tool took that is about to be ended.
func noteCost(t testing.TB, p *testenv.Proc, theirs bool) {
	t.Helper()
	value, compares := comparisons.Load(t)
	begin, seen := begun.LoadAndDelete(p)
	if !compares || !seen {
		return
	}
	c := value.(*Comparison)
	sum := &c.Ours
	if theirs {
		sum = &c.Theirs
	}
	now := costOf(t, p.Pid())
	sum.Memory = max(sum.Memory, now.Memory)
	sum.CPU += now.CPU - begin.(time.Duration)
}

// costOf reads what a process took so far, 0 if it has ended by itself.
func costOf(t testing.TB, pid int) (c Cost) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return c
	}
	for line := range strings.Lines(string(status)) {
		if text, found := strings.CutPrefix(line, "VmHWM:"); found {
			if _, err := fmt.Sscan(text, &c.Memory); err != nil {
				t.Errorf("%q: %v", line, err)
			}
		}
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return c
	}
	c.CPU = cpuTime(t, stat)
	return c
}

// cpuTime reads utime and stime, the fields 14 and 15 of /proc/PID/stat, of which the
// second may have blanks. Their unit is a hundredth of a second (USER_HZ).
func cpuTime(t testing.TB, stat []byte) time.Duration {
	t.Helper()
	const utime = 14 - 3 // the field behind the name is the third
	_, behind, _ := bytes.Cut(stat[bytes.LastIndexByte(stat, ')'):], []byte(" "))
	fields := strings.Fields(string(behind))
	var sum time.Duration
	for _, text := range fields[utime : utime+2] {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Errorf("%q: %v", stat, err)
		}
		sum += time.Duration(n) * time.Second / 100
	}
	return sum
}
