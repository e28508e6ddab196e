package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/stacktool"
	"github.com/bccgo/bcc/tools/internal/stacktool/stacktest"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// ownThread tells whether a process is one of the kernel's own, which runs no
// program; known is false if it is gone.
func ownThread(pid uint32) (own, known bool) {
	if _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); err != nil {
		return false, false
	}
	_, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	return err != nil, true
}

// By kprobes, waits are as long and have the same stacks; threads of the kernel's own
// are told from others by either kind of probe.
func TestVMProbes(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	c := tooltest.StartCallee(t, tooltest.BuildCallee(t), testenv.StartCmd)
	p := tooltest.Start(t, "offcputime", "--json", "--probes", "kprobe", "-p", strconv.Itoa(c.Pid()))
	user := tooltest.Start(t, "offcputime", "--json", "-u")
	kernel := tooltest.Start(t, "offcputime", "--json", "--probes", "kprobe", "-k")
	most := act(c)
	all := stacktest.Records[stacktool.Waited](t, tooltest.StopNow(t, p).Stdout)
	check(t, "by kprobes", all, most, map[string]time.Duration{"rest rest_long main": 150 * time.Millisecond, "await handoff main": 38 * time.Millisecond})
	for _, r := range all {
		if r.PID != uint32(c.Pid()) || !strings.HasPrefix(r.Kernel[0], "finish_task_switch") || r.Kernel[1] != "__schedule" {
			t.Errorf("got %+v", r)
		}
	}
	all = stacktest.Records[stacktool.Waited](t, tooltest.StopNow(t, user).Stdout)
	check(t, "of user space", all, most, map[string]time.Duration{"rest rest_long main": 150 * time.Millisecond})
	for _, r := range all {
		if own, known := ownThread(r.PID); known && own {
			t.Errorf("-u: %+v", r)
		}
	}
	all = stacktest.Records[stacktool.Waited](t, tooltest.StopNow(t, kernel).Stdout)
	for _, r := range all {
		if own, known := ownThread(r.PID); r.User != nil || known && !own {
			t.Errorf("-k: %+v", r)
		}
	}
	if len(all) < 3 {
		t.Errorf("-k: only %+v", all)
	}
}
