package main

import (
	"strconv"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/stacktool"
	"github.com/bccgo/bcc/tools/internal/stacktool/stacktest"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// By kprobes, waits and wakers are the same.
func TestVMProbes(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	c := tooltest.StartCallee(t, tooltest.BuildCallee(t), testenv.StartCmd)
	p := tooltest.Start(t, "offwaketime", "--json", "--probes", "kprobe", "-p", strconv.Itoa(c.Pid()))
	all := tooltest.Start(t, "offwaketime", "--json", "--state", "1")
	most := handOff(c)
	check(t, stacktest.Records[stacktool.Waited](t, tooltest.StopNow(t, p).Stdout), c.Pid(), most)
	var own, others []stacktool.Waited
	for _, r := range stacktest.Records[stacktool.Waited](t, tooltest.StopNow(t, all).Stdout) {
		if r.PID == uint32(c.Pid()) {
			own = append(own, r)
		} else {
			others = append(others, r)
		}
	}
	check(t, own, c.Pid(), most)
	if len(others) == 0 {
		t.Error("nobody else was seen")
	}
}
