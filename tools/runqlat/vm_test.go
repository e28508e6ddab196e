package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// Without a filter the threads are among those printed.
func TestVMAll(t *testing.T) {
	testenv.VM(t)
	threads := rivals(t)
	p := tooltest.Start(t, "runqlat", "--json", "-L")
	times := compete(t, 500*time.Millisecond, threads)
	all := tooltest.Histograms(t, tooltest.StopNow(t, p).Stdout, "tid")
	check(t, all, threads, times)
	if len(all) < 4 {
		t.Errorf("got only threads %v", all)
	}
}

// A thread that always wants its processor waits for one that may have it first, so
// often and so long.
const (
	bursts = 10
	burst  = 90 * time.Millisecond // in the row from 64 to 127 ms
	pause  = 60 * time.Millisecond // less than a row, and enough for the system's share
)

// suffer has the first thread wait for the second.
func suffer(t *testing.T, threads []*tooltest.Thread) {
	t.Helper()
	threads[0].Begin(tooltest.Burn(bursts*(burst+pause) + 500*time.Millisecond))
	time.Sleep(200 * time.Millisecond)
	threads[1].Do(func() {
		if err := unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: 1}, 0); err != nil {
			t.Error(err)
		}
		for range bursts {
			tooltest.Burn(burst)()
			ts := unix.NsecToTimespec(pause.Nanoseconds())
			if err := unix.Nanosleep(&ts, nil); err != nil {
				t.Error(err)
			}
		}
	})
	threads[0].Wait()
}

// BCC's own tool and this one count the same waits.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	threads := rivals(t)
	pid := fmt.Sprint(os.Getpid())
	theirs := tooltest.StartTheirs(t, "runqlat", "Tracing run queue", "-m", "-L", "-p", pid)
	ours := tooltest.Start(t, "runqlat", "-m", "-L", "-p", pid)
	suffer(t, threads)
	tid := threads[0].TID
	got, want := section(tooltest.StopNow(t, ours).Stdout, tid), section(tooltest.StopTheirs(t, theirs), tid)
	if got["64 -> 127"] != fmt.Sprint(bursts) {
		t.Errorf("%d waits of %v: got %v", bursts, burst, got)
	}
	compared := []string{"heading", "tid", "64 -> 127"}
	c.Row("the thread that waits", only(got, compared), only(want, compared))
	c.Explained("rows of other times", "other threads want the processor too, and each tool takes time at each switch")
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
	fields := map[string]string{"tid": fmt.Sprint(tid)}
	_, text, found := strings.Cut(out, fmt.Sprintf("\ntid = %d\n", tid))
	if !found {
		return nil
	}
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
