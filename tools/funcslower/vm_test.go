package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// Functions of the kernel and of user space that call each other are shown with
// their stacks in the order of their returns, which BCC's own tool cannot: it
// shows the innermost one. Of that one it shows the same.
func TestVMSideBySide(t *testing.T) {
	side := tooltest.SideBySide(t)
	testenv.NeedKprobes(t)
	c := tooltest.StartCallee(t, tooltest.BuildCallee(t), testenv.StartCmd)
	pid := fmt.Sprint(c.Pid())
	theirs := tooltest.StartTheirs(t, "funcslower", "FUNC", "-p", pid, "-u", "15000", "-a", "2", "do_nanosleep")
	ours := tooltest.Start(t, "funcslower", "-p", pid, "-u", "15000", "-a", "2", "do_nanosleep")
	c.Call("nap", 5)
	theirRows, rows := slowRows(t, tooltest.StopTheirs(t, theirs)), slowRows(t, tooltest.Stop(t, ours).Stdout)
	side.Lines("calls", rows, theirRows)
	if len(rows) != 5 {
		t.Errorf("ours: %q", rows)
	}
}

// Functions of the kernel and of a program are timed within each other.
func TestVMNested(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	c := tooltest.StartCallee(t, tooltest.BuildCallee(t), testenv.StartCmd)
	pid := fmt.Sprint(c.Pid())
	nested := tooltest.Start(t, "funcslower", "--json", "-UK", "-m", "15", "-p", pid, "do_nanosleep", "hrtimer_nano*", "callee:nap")
	c.Call("nap", 5)
	checkNested(t, calls(t, tooltest.Stop(t, nested).Stdout))
}

// slowRows are the rows of naps without their latencies, which are checked, and
// which are not the same: each tool's probes lie within the other's. The second
// argument counts, the first is an address.
func slowRows(t *testing.T, out string) []string {
	t.Helper()
	row := regexp.MustCompile(`(?m)^(callee +\d+) +(\d+\.\d\d)( +0 do_nanosleep )(0x[0-9a-f]{16} 0x1) *$`)
	var rows []string
	for _, f := range row.FindAllStringSubmatch(out, -1) {
		if f[2] < "20000" || len(f[2]) < len("20000.00") {
			t.Errorf("a nap of 20 ms took %s us", f[2])
		}
		rows = append(rows, f[1]+f[3]+f[4])
	}
	if len(rows) == 0 {
		t.Errorf("no rows: %s", out)
	}
	return rows
}

func checkNested(t *testing.T, all []call) {
	t.Helper()
	if len(all) != 15 {
		t.Fatalf("%d calls, want 15: %+v", len(all), all)
	}
	for i, one := range all {
		kernel, user := strings.Join(one.Kernel, " "), strings.Join(one.User, " ")
		var ok bool
		switch i % 3 {
		case 0:
			ok = one.Function == "do_nanosleep" && strings.HasPrefix(kernel, "do_nanosleep hrtimer_nanosleep ")
		case 1:
			ok = one.Function == "hrtimer_nanosleep" && strings.HasPrefix(kernel, "hrtimer_nanosleep ") && one.Latency > all[i-1].Latency
		case 2:
			ok = one.Function == "callee:nap" && kernel == "" && strings.HasPrefix(user, "callee:nap main") && one.Latency > all[i-1].Latency
		}
		if i%3 < 2 {
			ok = ok && strings.Contains(kernel, "do_syscall_64 ") && strings.Contains(user, "clock_nanosleep")
		}
		if !ok || one.Latency < 20e6 {
			t.Errorf("call %d: %+v", i, one)
		}
	}
}
