package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// Functions of the kernel are timed by themselves, those that others call too,
// and in one program; BCC's own tool measures the same.
func TestVMSideBySide(t *testing.T) {
	side := tooltest.SideBySide(t)
	testenv.NeedKprobes(t)
	c := tooltest.StartCallee(t, tooltest.BuildCallee(t), testenv.StartCmd)
	pid := fmt.Sprint(c.Pid())
	theirs := tooltest.StartTheirs(t, "funclatency", "Tracing [1-9]", "-p", pid, "-u", "do_nanosleep")
	ours := startTool(t, "-p", pid, "-u", "do_nanosleep")
	c.Call("nap", 20)
	theirOutput := tooltest.StopTheirs(t, theirs)
	our, their := summary(t, stop(t, ours)), summary(t, theirOutput)
	checkSummaries(t, our, their)
	side.Row("do_nanosleep", map[string]string{"count": fmt.Sprint(our.count)}, map[string]string{"count": fmt.Sprint(their.count)})
}

// Functions that call each other are timed, as deep as --level says.
func TestVMNested(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	c := tooltest.StartCallee(t, tooltest.BuildCallee(t), testenv.StartCmd)
	pid := fmt.Sprint(c.Pid())
	nested := startTool(t, "--json", "-F", "-p", pid, "-r", "do_nanosleep|hrtimer_nanosleep|__x64_sys_clock_nanosleep")
	flat := startTool(t, "--json", "-F", "-l", "1", "-p", pid, "-r", "do_nanosleep|hrtimer_nanosleep")
	c.Call("nap", 20)
	checkNested(t, records(t, stop(t, nested)))
	r := flat.Stop() // says what it could not follow
	got := records(t, r.Stdout)
	if got["hrtimer_nanosleep"].Count != 20 || len(got) != 1 || !strings.Contains(r.Stderr, "funclatency: 20 calls not seen: too many at once\n") {
		t.Errorf("one level: %v", r)
	}
}

// average and count of a summary.
type averageOf struct{ average, count int }

func summary(t *testing.T, out string) averageOf {
	t.Helper()
	m := regexp.MustCompile(`(?m)^avg = (\d+) usecs, total: \d+ usecs, count: (\d+)$`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("no summary: %s", out)
	}
	average, _ := strconv.Atoi(m[1])
	count, _ := strconv.Atoi(m[2])
	return averageOf{average, count}
}

func checkSummaries(t *testing.T, ours, theirs averageOf) {
	t.Helper()
	const slack = 2000 // each tool's probes lie within the other's
	if ours.count != 20 || theirs.count != 20 || ours.average < 20000 || max(ours.average-theirs.average, theirs.average-ours.average) > slack {
		t.Errorf("ours: %+v, BCC's: %+v", ours, theirs)
	}
}

// checkNested checks functions each of which calls the next.
func checkNested(t *testing.T, got map[string]record) {
	t.Helper()
	total := uint64(1 << 62)
	for _, name := range []string{"__x64_sys_clock_nanosleep", "hrtimer_nanosleep", "do_nanosleep"} {
		r := got[name]
		if r.Count != 20 || r.Total >= total || within(r, 16e6, 1<<60) != 20 {
			t.Errorf("%s: %+v", name, r)
		}
		total = r.Total
	}
	if len(got) != 3 {
		t.Errorf("got %d functions", len(got))
	}
}

// Functions are timed in interrupts and in all tasks at a time, too.
func TestVMAll(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	p := startTool(t, "--json", "-F", "-r", "hrtimer_interrupt|__hrtimer_run_queues|vfs_read|vfs_write|ksys_read")
	c := tooltest.StartCallee(t, tooltest.BuildCallee(t), testenv.StartCmd)
	c.Call("nap", 5)
	got := records(t, p.Stop().Stdout) // interrupts of other programs are left out, which it says
	for _, name := range []string{"hrtimer_interrupt", "__hrtimer_run_queues", "vfs_read", "vfs_write", "ksys_read"} {
		if got[name].Count == 0 || strings.HasPrefix(name, "h") && got[name].Average > 1e9 {
			t.Errorf("%s: %+v", name, got[name])
		}
	}
}
