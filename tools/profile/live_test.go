package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/stacktool"
	"github.com/bccgo/bcc/tools/internal/stacktool/stacktest"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedProgram(t, "gcc")
	testenv.NeedSDT(t)
	testenv.NeedHeaders(t)
}

// frequency is out of step with the machine's own clock.
const frequency = 499

// spin has a process work, in one function three times as much as in another, and
// returns for how long it was on a processor.
func spin(t *testing.T, c *tooltest.Callee) time.Duration {
	t.Helper()
	before := stacktest.Ran(t, c.Pid())
	turns := 15
	if testenv.Current() == testenv.StageVM {
		turns = 2
	}
	for range turns {
		c.Call("spin_long", 1)
		c.Call("spin_short", 1)
	}
	return stacktest.Ran(t, c.Pid()) - before
}

// counts adds up by function the samples of a process, of which there must be no
// others.
func counts(t *testing.T, stdout string, c *tooltest.Callee) map[string]float64 {
	t.Helper()
	sums := make(map[string]float64)
	for _, r := range stacktest.Records[stacktool.Counted](t, stdout) {
		sums[stacktest.UpTo(r.User, "main")] += float64(r.Count)
		sums["all"] += float64(r.Count)
		if r.PID != uint32(c.Pid()) || r.Comm != "callee" || r.Time.IsZero() {
			t.Errorf("got %+v", r)
		}
	}
	return sums
}

// between checks a number that is left to chance.
func between(t *testing.T, what string, got, least, most float64) {
	t.Helper()
	if got < least || got > most {
		t.Errorf("%s: %.2f, want from %.2f to %.2f", what, got, least, most)
	}
}

// Samples are as many as the time makes, and are of the functions as these share
// it; those of other processes and processors are not there.
func TestLive(t *testing.T) {
	needs(t)
	testenv.NotEmulated(t)
	path := tooltest.BuildCallee(t)
	c, other := tooltest.StartCallee(t, path, testenv.StartCmd), tooltest.StartCallee(t, path, testenv.StartCmd)
	var cpus unix.CPUSet
	cpus.Set(0)
	if err := unix.SchedSetaffinity(c.Pid(), &cpus); err != nil {
		t.Fatal(err)
	}
	start := func(args ...string) *testenv.Proc {
		return tooltest.Start(t, "profile", append([]string{"--json", "-F", strconv.Itoa(frequency)}, args...)...)
	}
	pid := strconv.Itoa(c.Pid())
	p, here, elsewhere := start("-p", pid+","+pid), start("-C", "0", "-p", pid), start("-C", "1", "-p", pid)
	other.Call("spin_long", 1)
	ran := spin(t, c)
	sums := counts(t, tooltest.StopNow(t, p).Stdout, c)
	between(t, "samples", sums["all"], 0.6*ran.Seconds()*frequency, 1.4*ran.Seconds()*frequency)
	long, short := sums["spin spin_long main"], sums["spin spin_short main"]
	between(t, "share of the functions that work", (long+short)/sums["all"], 0.8, 1)
	between(t, "the one function's share by the other's", long/short, 1.7, 5.5)
	between(t, "samples on the processor", counts(t, tooltest.StopNow(t, here).Stdout, c)["all"], 0.6*ran.Seconds()*frequency, 1.4*ran.Seconds()*frequency)
	between(t, "samples on another processor", counts(t, tooltest.StopNow(t, elsewhere).Stdout, c)["all"], 0, 0)
}

// Text and folded lines have the flags' marks and kinds of stacks; a time in place
// of a frequency samples after it.
func TestLiveText(t *testing.T) {
	needs(t)
	testenv.NotEmulated(t)
	c := tooltest.StartCallee(t, tooltest.BuildCallee(t), testenv.StartCmd)
	svg := filepath.Join(t.TempDir(), "out.svg")
	run := func(args ...string) *testenv.Proc {
		return tooltest.Start(t, "profile", append(args, "-p", strconv.Itoa(c.Pid()))...)
	}
	tests := map[string]*testenv.Proc{
		`(?m)^\n    spin\n    spin_long\n    main\n    .*\n(    .*\n)*    -                callee \(PID\)\n        (\d+)\n$`: run("-c", "2000000", "--flamegraph", svg),
		`(?m)^    [0-9a-f]{12}     spin\n    [0-9a-f]{12}     spin_long\n`:                                                   run("-U", "-A", "-F", "499"),
		`(?m)^callee;(\S+;)*main;spin_long;spin (\d+)$`:                                                                      run("-f", "-F", "499"),
		`(?m)^(callee;.*_\[k\] \d+\n)*(callee \d+\n)(callee;.*_\[k\] \d+\n)*$`:                                               run("-f", "-a", "-K", "-F", "499"),
	}
	ran := spin(t, c)
	for want, p := range tests {
		want = strings.ReplaceAll(want, "PID", strconv.Itoa(c.Pid()))
		out := tooltest.StopNow(t, p).Stdout
		m := regexp.MustCompile(want).FindStringSubmatch(out)
		if m == nil {
			t.Errorf("got\n%swant\n%s", out, want)
		} else if n, err := strconv.Atoi(m[len(m)-1]); err == nil {
			between(t, "samples in the text", float64(n), 0.4*ran.Seconds()*500, 1.1*ran.Seconds()*500)
		}
	}
	text, err := os.ReadFile(svg)
	if err != nil || !regexp.MustCompile(fmt.Sprintf(`<title>callee \[%d\] \(\d+ samples`, c.Pid())).Match(text) {
		t.Errorf("%v, %s", err, text)
	}
}
