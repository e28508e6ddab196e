package main

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/stacktool/stacktest"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// row is the sample in which poker woke callee, and its time. The stack is that of
// the function in which both tools' probes are hit, outermost first, and of its
// callers.
func row(t *testing.T, out string, outermostFirst bool) (map[string]string, uint64) {
	t.Helper()
	for _, block := range stacktest.Blocks(out) {
		last := len(block) - 1
		if block[0] != "target:          callee" || block[last-1] != "waker:           poker" {
			continue
		}
		var names []string
		for _, line := range block[1 : last-1] {
			_, name, _ := strings.Cut(line, " ")
			names = append(names, name)
		}
		if !outermostFirst {
			slices.Reverse(names)
		}
		if i := slices.Index(names, "try_to_wake_up"); i >= 0 {
			names = names[:i+1]
		}
		return map[string]string{"target": block[0], "stack": strings.Join(names, " "), "waker": block[last-1]}, stacktest.Count(t, block)
	}
	t.Fatalf("poker did not wake callee in %s", out)
	return nil, 0
}

// BCC's own tool and this one see the same wakers.
func TestVMSideBySide(t *testing.T) {
	cmp := tooltest.SideBySide(t)
	c := tooltest.StartCallee(t, tooltest.BuildCallee(t), testenv.StartCmd)
	// Between processors BCC's tool takes whom the other one interrupts for the waker.
	var one unix.CPUSet
	one.Set(0)
	if err := unix.SchedSetaffinity(c.Pid(), &one); err != nil {
		t.Fatal(err)
	}
	pid := strconv.Itoa(c.Pid())
	theirs := tooltest.StartTheirs(t, "wakeuptime", "Tracing blocked time", "-p", pid)
	ours := tooltest.Start(t, "wakeuptime", "-p", pid)
	c.Call("handoff", 10)
	our, ourTime := row(t, tooltest.StopNow(t, ours).Stdout, false)
	their, theirTime := row(t, tooltest.StopTheirs(t, theirs), true)
	our["us"], their["us"] = stacktest.Near(ourTime, theirTime, 0.05)
	cmp.Row("callee woken by poker", our, their)
	cmp.Explained("order", "BCC's has the outermost function below the target, unlike its documentation; ours has the one that wakes it")
	cmp.Explained("innermost function", "ours is try_to_wake_up, at the tracepoint sched_waking; BCC's is below it, at sched_wakeup, which wakers on other processors do not reach themselves")
}
