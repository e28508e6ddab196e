package main

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/stacktool/stacktest"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// row is the sample with a function of user space in its stack, and its time. BCC's
// stacks begin with the function that its probe is in.
func row(t *testing.T, out, function string) (map[string]string, uint64) {
	t.Helper()
	for _, block := range stacktest.Blocks(out) {
		if i := slices.Index(block, "--"); i >= 0 && slices.Contains(block[i:], function) {
			kernel := strings.Join(block[:i], " ")
			if strings.HasPrefix(kernel, "finish_task_switch") {
				_, kernel, _ = strings.Cut(kernel, " ")
			}
			last := len(block) - 1
			return map[string]string{"kernel stack": kernel, "user stack": strings.Join(block[i+1:last-1], " "), "COMM (PID)": block[last-1]}, stacktest.Count(t, block)
		}
	}
	t.Fatalf("no %s in %s", function, out)
	return nil, 0
}

// BCC's own tool and this one see the same waits.
func TestVMSideBySide(t *testing.T) {
	cmp := tooltest.SideBySide(t)
	c := tooltest.StartCallee(t, tooltest.BuildCallee(t), testenv.StartCmd)
	pid := strconv.Itoa(c.Pid())
	theirs := tooltest.StartTheirs(t, "offcputime", "Tracing off-CPU time", "-d", "-p", pid)
	ours := tooltest.Start(t, "offcputime", "-d", "-p", pid)
	c.Call("rest_long", 8)
	c.Call("rest_short", 8)
	c.Call("handoff", 4)
	got, want := tooltest.StopNow(t, ours).Stdout, tooltest.StopTheirs(t, theirs)
	for _, function := range []string{"rest_long", "rest_short", "await"} {
		our, ourTime := row(t, got, function)
		their, theirTime := row(t, want, function)
		our["us"], their["us"] = stacktest.Near(ourTime, theirTime, 0.05)
		cmp.Row(function, our, their)
	}
	cmp.Explained("innermost function", "BCC's stack begins with finish_task_switch, where its kprobe is; ours is that at the tracepoint sched_switch, before the switch")
	cmp.Explained("us", "equal within 5 in 100: both read the clock themselves, before and after the other one's program")
}
