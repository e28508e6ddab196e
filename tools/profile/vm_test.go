package main

import (
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/stacktool"
	"github.com/bccgo/bcc/tools/internal/stacktool/stacktest"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// Without a filter all is seen; idle processors only where they are asked for, and a
// control group alone where one is.
func TestVMSystem(t *testing.T) {
	testenv.VM(t)
	path := tooltest.BuildCallee(t)
	group := tooltest.Cgroup(t)
	inside := tooltest.StartCallee(t, path, func(t testing.TB, cmd *exec.Cmd) *testenv.Proc {
		cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(group.Fd())}
		return testenv.StartCmd(t, cmd)
	})
	outside := tooltest.StartCallee(t, path, testenv.StartCmd)
	all := tooltest.Start(t, "profile", "--json", "-F", "199")
	idle := tooltest.Start(t, "profile", "--json", "-F", "199", "-I", "-K")
	grouped := tooltest.Start(t, "profile", "--json", "-F", "199", "--cgroup", group.Name())
	inside.Call("spin_long", 3)
	outside.Call("spin_long", 3)
	time.Sleep(time.Second)
	pids := make(map[uint32]uint64)
	for _, r := range stacktest.Records[stacktool.Counted](t, tooltest.StopNow(t, all).Stdout) {
		pids[r.PID] += r.Count
		if r.PID == 0 || strings.HasPrefix(r.Comm, "swapper/") {
			t.Errorf("idle: %+v", r)
		}
	}
	if pids[uint32(inside.Pid())] < 10 || pids[uint32(outside.Pid())] < 10 {
		t.Errorf("samples by process: %v", pids)
	}
	swapper := uint64(0)
	for _, r := range stacktest.Records[stacktool.Counted](t, tooltest.StopNow(t, idle).Stdout) {
		if r.PID == 0 && strings.HasPrefix(r.Comm, "swapper/") && slices.Contains(r.Kernel, "do_idle") {
			swapper += r.Count
		}
		if r.User != nil {
			t.Errorf("-K: %+v", r)
		}
	}
	if swapper < 50 {
		t.Errorf("%d samples of idle processors", swapper)
	}
	sums := counts(t, tooltest.StopNow(t, grouped).Stdout, inside)
	if sums["spin spin_long main"] < 10 {
		t.Errorf("samples of the control group: %v", sums)
	}
}
