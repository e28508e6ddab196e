package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
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

// check checks where a process waited, who woke it from where, and for how long.
func check(t *testing.T, all []stacktool.Waited, pid int, most time.Duration) {
	t.Helper()
	var waited, paused time.Duration
	for _, r := range all {
		took := time.Duration(r.Took) * time.Microsecond
		if r.Time.IsZero() || r.PID != uint32(pid) {
			t.Errorf("got %+v", r)
		}
		w := r.Waker
		if w == nil { // it lost the processor
			continue
		}
		switch stacktest.UpTo(r.User, "main") {
		case "await handoff main":
			if r.TID != r.PID || r.Comm != "callee" || !slices.Contains(r.Kernel, "vfs_read") || w.Comm != "poker" || w.PID != r.PID || w.TID == r.TID ||
				stacktest.UpTo(w.User, "poker") != "poke poker" || !slices.Contains(w.Kernel, "vfs_write") || w.Kernel[0] != "try_to_wake_up" {
				t.Errorf("got %+v by %+v", r, w)
			}
			waited += took
		default:
			if r.Comm == "poker" && stacktest.UpTo(r.User, "poker") == "rest poker" && slices.Contains(w.Kernel, "hrtimer_wakeup") {
				paused += took
			}
		}
	}
	for what, took := range map[string]time.Duration{"waited": waited, "paused": paused} {
		if took < 5*19*time.Millisecond || took > most {
			t.Errorf("%s: %v, want from 95 ms to %v", what, took, most)
		}
	}
}

// A wait is as long as it was, with both its stacks and those of who ended it.
func TestLive(t *testing.T) {
	needs(t)
	testenv.NotEmulated(t)
	path := tooltest.BuildCallee(t)
	c, other := tooltest.StartCallee(t, path, testenv.StartCmd), tooltest.StartCallee(t, path, testenv.StartCmd)
	pid, svg := strconv.Itoa(c.Pid()), filepath.Join(t.TempDir(), "out.svg")
	p := tooltest.Start(t, "offwaketime", "--json", "-p", pid)
	text, folded := tooltest.Start(t, "offwaketime", "-d", "-p", pid+","+pid, "--flamegraph", svg), tooltest.Start(t, "offwaketime", "-f", "-U", "-p", pid)
	other.Call("handoff", 1)
	most := handOff(c)
	check(t, stacktest.Records[stacktool.Waited](t, tooltest.StopNow(t, p).Stdout), c.Pid(), most)
	for want, p := range map[string]*testenv.Proc{
		`\n    waker:           poker \d+\n(    .*\n)*    poker\n    poke\n    -\n    entry_SYSCALL_64_after_hwframe\n(    \w+\n)*    vfs_write\n(    \w+\n)*    try_to_wake_up\n    --               --\n` +
			`    __schedule\n(    .*\n)*    vfs_read\n(    \w+\n)*    -\n    await\n    handoff\n    main\n(    .*\n)*    target:          callee PID\n        \d+\n\n`: text,
		`(?m)^callee;(\S+;)*main;handoff;await;--;poke;poker;(\S+;)*poker \d{5,}$`: folded,
	} {
		want = strings.ReplaceAll(want, "PID", pid)
		if out := tooltest.StopNow(t, p).Stdout; !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("got\n%swant\n%s", out, want)
		}
	}
	picture, err := os.ReadFile(svg)
	if want := fmt.Sprintf(`<title>poker [%d] (`, c.Pid()); err != nil || !strings.Contains(string(picture), want) {
		t.Errorf("no %q in the flame graph: %v", want, err)
	}
}
