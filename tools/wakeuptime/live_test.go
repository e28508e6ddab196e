package main

import (
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/stacktool"
	"github.com/bccgo/bcc/tools/internal/stacktool/stacktest"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedTracepoint(t, "sched:sched_waking")
	testenv.NeedProgram(t, "gcc")
	testenv.NeedSDT(t)
	testenv.NeedHeaders(t)
}

// handOff has a process wait 5 times for another thread, which pauses for 20 ms each
// time. It returns how long that took in all.
func handOff(c *tooltest.Callee) time.Duration {
	begin := time.Now()
	c.Call("handoff", 5)
	return time.Since(begin)
}

// check checks how long threads slept of a name until one of another name woke them
// by a function, all of whose lines must be of the process.
func check(t *testing.T, all []stacktool.Waited, most time.Duration) {
	t.Helper()
	var byPoker, byClock time.Duration
	for _, r := range all {
		took := time.Duration(r.Took) * time.Microsecond
		switch {
		case r.Time.IsZero() || r.PID != 0 || r.TID != 0 || r.Kernel != nil || r.Waker == nil || r.Waker.PID != 0 || len(r.Waker.Kernel) == 0:
			t.Errorf("got %+v", r)
		case r.Comm == "callee" && r.Waker.Comm == "poker" && slices.Contains(r.Waker.Kernel, "vfs_write"):
			byPoker += took
		case r.Comm == "poker" && slices.Contains(r.Waker.Kernel, "hrtimer_wakeup"):
			byClock += took
		case r.Comm != "callee" && r.Comm != "poker":
			t.Errorf("not asked for: %+v", r)
		}
	}
	// The other thread may have begun its pause before this one waits.
	for what, took := range map[string]time.Duration{"by the other thread": byPoker, "by the clock": byClock} {
		if took < 5*19*time.Millisecond || took > most {
			t.Errorf("woken %s: slept %v, want from 95 ms to %v", what, took, most)
		}
	}
}

// A thread that another one wakes slept until then, and one that pauses until the
// clock wakes it.
func TestLive(t *testing.T) {
	needs(t)
	testenv.NotEmulated(t)
	path := tooltest.BuildCallee(t)
	c, other := tooltest.StartCallee(t, path, testenv.StartCmd), tooltest.StartCallee(t, path, testenv.StartCmd)
	pid := strconv.Itoa(c.Pid())
	p, short := tooltest.Start(t, "wakeuptime", "--json", "-p", pid), tooltest.Start(t, "wakeuptime", "--json", "-M", "15000", "-p", pid)
	text, folded := tooltest.Start(t, "wakeuptime", "-p", pid), tooltest.Start(t, "wakeuptime", "-f", "-p", pid)
	other.Call("handoff", 1)
	most := handOff(c)
	check(t, stacktest.Records[stacktool.Waited](t, tooltest.StopNow(t, p).Stdout), most)
	for _, r := range stacktest.Records[stacktool.Waited](t, tooltest.StopNow(t, short).Stdout) {
		if r.Took > 5*15000 {
			t.Errorf("-M 15000: %+v", r)
		}
	}
	for want, p := range map[string]*testenv.Proc{
		`\n    target:          callee\n    ffffffff[0-9a-f]{8} \S+\n(    ffff\S+ \S+\n)*    ffff\S+ vfs_write\n(    ffff\S+ \S+\n)*    waker:           poker\n        \d+\n\n`: text,
		`(?m)^poker;entry_SYSCALL_64_after_hwframe;(\S+;)*vfs_write;(\S+;)*callee \d{5,}$`:                                                                                       folded,
	} {
		if out := tooltest.StopNow(t, p).Stdout; !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("got\n%swant\n%s", out, want)
		}
	}
}
