package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// Without a filter the threads are among those printed, and idle ones if asked for.
func TestVMAll(t *testing.T) {
	testenv.VM(t)
	threads := rivals(t)
	p := tooltest.Start(t, "cpudist", "--json", "-LI")
	times := compete(500*time.Millisecond, threads)
	time.Sleep(testenv.Timeout(100 * time.Millisecond))
	all := tooltest.Histograms(t, tooltest.StopNow(t, p).Stdout, "tid")
	check(t, all, threads, times)
	if all["0 [idle]"].Count() == 0 || len(all) < 4 {
		t.Errorf("got %v", all)
	}
	p = tooltest.Start(t, "cpudist", "--json", "-P")
	compete(100*time.Millisecond, threads)
	all = tooltest.Histograms(t, tooltest.StopNow(t, p).Stdout, "pid")
	if all[withName(uint64(os.Getpid()))].Count() == 0 || all["0 [idle]"].Count() != 0 {
		t.Errorf("got %v", all)
	}
}

// BCC's own tool and this one count the same sleeps.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	th := tooltest.StartThread(t, 0, "sleeper")
	pid := fmt.Sprint(os.Getpid())
	theirs := tooltest.StartTheirs(t, "cpudist", "Tracing off-CPU", "-O", "-m", "-L", "-p", pid)
	ours := tooltest.Start(t, "cpudist", "-O", "-m", "-L", "-p", pid)
	th.Do(func() {}) // so that the wait for work is not among the sleeps
	th.Do(sleeping(t))
	got, want := section(tooltest.StopNow(t, ours).Stdout, th.TID), section(tooltest.StopTheirs(t, theirs), th.TID)
	if got["64 -> 127"] != fmt.Sprint(sleeps) {
		t.Errorf("%d sleeps of %v: got %v", sleeps, sleep, got)
	}
	compared := []string{"heading", "tid", "64 -> 127"}
	c.Row("the sleeper", only(got, compared), only(want, compared))
	c.Explained("rows of other times", "a thread may be preempted, and each tool takes time at each switch")
}

func only(fields map[string]string, names []string) map[string]string {
	some := make(map[string]string)
	for _, name := range names {
		some[name] = fields[name]
	}
	return some
}

var rowRE = regexp.MustCompile(`^ *(\d+ -> \d+) +: (\d+) +\|`)

// section is a thread's histogram: its heading, and the counts by their rows.
func section(out string, tid int) map[string]string {
	fields := make(map[string]string)
	_, text, _ := strings.Cut(out, fmt.Sprintf("\ntid = %d ", tid))
	name, text, _ := strings.Cut(text, "\n")
	fields["tid"] = fmt.Sprintf("%d %s", tid, name)
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "tid = ") {
			break
		}
		if strings.Contains(line, "distribution") {
			fields["heading"] = strings.Join(strings.Fields(line), " ")
		}
		if m := rowRE.FindStringSubmatch(line); m != nil {
			fields[m[1]] = m[2]
		}
	}
	return fields
}
