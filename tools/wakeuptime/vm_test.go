package main

import (
	"strconv"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/stacktool"
	"github.com/bccgo/bcc/tools/internal/stacktool/stacktest"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// By kprobes, sleeps are as long; without a filter those of all are seen, with -u
// those of threads that run programs.
func TestVMProbes(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	c := tooltest.StartCallee(t, tooltest.BuildCallee(t), testenv.StartCmd)
	p := tooltest.Start(t, "wakeuptime", "--json", "--probes", "kprobe", "-p", strconv.Itoa(c.Pid()))
	all, user := tooltest.Start(t, "wakeuptime", "--json"), tooltest.Start(t, "wakeuptime", "--json", "-u")
	most := handOff(c)
	check(t, stacktest.Records[stacktool.Waited](t, tooltest.StopNow(t, p).Stdout), most)
	kernels := func(records []stacktool.Waited) (names []string, callees int) {
		for _, r := range records {
			switch {
			case strings.HasPrefix(r.Comm, "rcu_") || strings.HasPrefix(r.Comm, "kworker/") || strings.HasPrefix(r.Comm, "swapper/"):
				names = append(names, r.Comm)
			case r.Comm == "callee" && r.Waker.Comm == "poker":
				callees++
			}
		}
		return names, callees
	}
	if names, callees := kernels(stacktest.Records[stacktool.Waited](t, tooltest.StopNow(t, all).Stdout)); len(names) == 0 || callees == 0 {
		t.Errorf("kernel's threads %q, %d lines of callee", names, callees)
	}
	if names, callees := kernels(stacktest.Records[stacktool.Waited](t, tooltest.StopNow(t, user).Stdout)); len(names) != 0 || callees == 0 {
		t.Errorf("-u: kernel's threads %q, %d lines of callee", names, callees)
	}
}
