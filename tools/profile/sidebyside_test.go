package main

import (
	"strconv"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/stacktool/stacktest"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// row is the sample with a function that was at work in user space.
func row(t *testing.T, out, function string) (map[string]string, uint64) {
	t.Helper()
	for _, block := range stacktest.Blocks(out) {
		if last := len(block) - 1; last > 2 && block[0] == "spin" && block[1] == function {
			return map[string]string{"stack": strings.Join(block[:last-1], " "), "COMM (PID)": block[last-1]}, stacktest.Count(t, block)
		}
	}
	t.Fatalf("no %s in %s", function, out)
	return nil, 0
}

// BCC's own tool and this one see the same work.
func TestVMSideBySide(t *testing.T) {
	cmp := tooltest.SideBySide(t)
	c := tooltest.StartCallee(t, tooltest.BuildCallee(t), testenv.StartCmd)
	args := []string{"-F", "199", "-p", strconv.Itoa(c.Pid())}
	theirs := tooltest.StartTheirs(t, "profile", "Sampling at 199 Hertz", args...)
	ours := tooltest.Start(t, "profile", args...)
	c.Call("spin_long", 4)
	c.Call("spin_short", 8)
	got, want := tooltest.StopNow(t, ours).Stdout, tooltest.StopTheirs(t, theirs)
	for _, function := range []string{"spin_long", "spin_short"} {
		our, ourCount := row(t, got, function)
		their, theirCount := row(t, want, function)
		our["count"], their["count"] = stacktest.Near(ourCount, theirCount, 0.3)
		cmp.Row(function, our, their)
	}
	cmp.Explained("count", "equal within 3 in 10: each tool samples at times of its own")
}
