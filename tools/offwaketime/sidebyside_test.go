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

// row is the sample in which callee waited for poker, and its time. BCC's leaves out
// the innermost functions of the waker, and has those of its own probes.
func row(t *testing.T, out string, ours bool) (map[string]string, uint64) {
	t.Helper()
	for _, block := range stacktest.Blocks(out) {
		last, middle := len(block)-1, slices.Index(block, "--               --")
		if !strings.HasPrefix(block[0], "waker:           poker ") || !slices.Contains(block, "await") {
			continue
		}
		waker, target := block[1:middle], block[middle+1:last-1]
		i, j := slices.Index(waker, "-"), slices.Index(target, "-")
		user, kernel, off := waker[:i], waker[i+1:], target[:j]
		if ours {
			user, kernel = user[:len(user)-1], kernel[:len(kernel)-1]
		} else if strings.HasPrefix(off[0], "finish_task_switch") {
			off = off[1:]
		}
		return map[string]string{"waker's user stack": strings.Join(user, " "), "waker's kernel stack": strings.Join(kernel, " "),
			"target's kernel stack": strings.Join(off, " "), "target's user stack": strings.Join(target[j+1:], " "), "target": block[last-1]}, stacktest.Count(t, block)
	}
	t.Fatalf("callee did not wait for poker in %s", out)
	return nil, 0
}

// BCC's own tool and this one see the same waits.
func TestVMSideBySide(t *testing.T) {
	cmp := tooltest.SideBySide(t)
	c := tooltest.StartCallee(t, tooltest.BuildCallee(t), testenv.StartCmd)
	args := []string{"-d", "-p", strconv.Itoa(c.Pid())}
	theirs := tooltest.StartTheirs(t, "offwaketime", "Tracing blocked time", args...)
	ours := tooltest.Start(t, "offwaketime", args...)
	c.Call("handoff", 1)
	our, ourTime := row(t, tooltest.StopNow(t, ours).Stdout, true)
	their, theirTime := row(t, tooltest.StopTheirs(t, theirs), false)
	our["us"], their["us"] = stacktest.Near(ourTime, theirTime, 0.1)
	cmp.Row("callee waited for poker", our, their)
	cmp.Explained("innermost functions", "BCC's leaves out the innermost function of wakers, also in user space; the target's begins with finish_task_switch, where its kprobe is")
}
