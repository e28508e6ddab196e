package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "sched:sched_switch")
}

// waits reads lines of JSON by their thread.
func waits(t *testing.T, stdout string) map[int][]wait {
	t.Helper()
	all := make(map[int][]wait)
	for line := range strings.Lines(stdout) {
		var w wait
		if err := json.Unmarshal([]byte(line), &w); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all[int(w.TID)] = append(all[int(w.TID)], w)
	}
	return all
}

// rivals are two threads that want the same processor.
type rivals [2]*tooltest.Thread

func startRivals(t *testing.T) rivals {
	t.Helper()
	return rivals{tooltest.StartThread(t, 0, "rival one"), tooltest.StartThread(t, 0, "rival two")}
}

// compete has both want the processor for a while, and returns what they waited by
// the kernel's statistics.
func (r rivals) compete(d time.Duration) (waited [2]time.Duration) {
	var before [2]tooltest.Sched
	for i, th := range r {
		before[i] = th.Sched()
		th.Begin(tooltest.Burn(d))
	}
	for i, th := range r {
		th.Wait()
		waited[i] = th.Sched().Sub(before[i]).Waited
	}
	return waited
}

// check compares what was printed of the threads with what they waited.
func (r rivals) check(t *testing.T, all map[int][]wait, waited [2]time.Duration) {
	t.Helper()
	for i, th := range r {
		rows, other := all[th.TID], r[1-i]
		var sum time.Duration
		against := 0
		for _, w := range rows {
			sum += time.Duration(w.Us) * time.Microsecond
			if w.Comm != th.Comm || w.PID != uint32(os.Getpid()) {
				t.Errorf("got %+v", w)
			}
			if age := time.Since(w.Time); age < 0 || age > 5*time.Minute {
				t.Errorf("happened %v ago: %+v", age, w)
			}
			if w.PrevTID == uint32(other.TID) && w.PrevComm == other.Comm {
				against++
			}
		}
		t.Logf("%s: %d rows of %v in all, %d after the other; the kernel says %v", th.Comm, len(rows), sum, against, waited[i])
		// Each row is rounded down, and the kernel takes its times a little earlier or
		// later than the tool.
		slack := waited[i]/20 + time.Duration(len(rows))*20*time.Microsecond
		if diff := (sum - waited[i]).Abs(); diff > slack || against == 0 {
			t.Errorf("%s: %d rows of %v in all, %d after the other; the kernel says %v", th.Comm, len(rows), sum, against, waited[i])
		}
	}
}

// All waits of the process are printed, and no others.
func TestLive(t *testing.T) {
	needs(t)
	r := startRivals(t)
	p := tooltest.Start(t, "runqslower", "--json", "-p", fmt.Sprint(os.Getpid()), "0")
	waited := r.compete(300 * time.Millisecond)
	all := waits(t, tooltest.Stop(t, p).Stdout)
	r.check(t, all, waited)
	for _, rows := range all {
		if rows[0].PID != uint32(os.Getpid()) {
			t.Errorf("not this test: %+v", rows[0])
		}
	}
}

// Without the kernel's own headers tracepoints tell of threads what they can.
func TestLiveOtherHeaders(t *testing.T) {
	needs(t)
	other := tooltest.OtherHeaders(t)
	r := startRivals(t)
	t.Setenv("BCCGO_HEADERS", other)
	p := tooltest.Start(t, "runqslower", "--json", "-p", fmt.Sprint(os.Getpid()), "0")
	waited := r.compete(300 * time.Millisecond)
	if !strings.Contains(p.Stderr(), "another kernel's headers") {
		t.Fatal(p.Stderr())
	}
	r.check(t, waits(t, tooltest.Stop(t, p).Stdout), waited)
}

// Only the thread that was asked for is printed, and only long waits.
func TestLiveFilters(t *testing.T) {
	needs(t)
	r := startRivals(t)
	p := tooltest.Start(t, "runqslower", "-P", "-t", fmt.Sprint(r[1].TID), "1000")
	r.compete(200 * time.Millisecond)
	lines := strings.Split(strings.TrimSuffix(tooltest.Stop(t, p).Stdout, "\n"), "\n")
	if len(lines) < 2 || lines[0] != "TIME     COMM             TID           LAT(us) PREV COMM        PREV TID" {
		t.Fatalf("got %q", lines)
	}
	for _, line := range lines[1:] {
		var clock, first, second string
		var tid, us int
		if _, err := fmt.Sscan(line, &clock, &first, &second, &tid, &us); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if first+" "+second != r[1].Comm || tid != r[1].TID || us <= 1000 {
			t.Errorf("got %q", line)
		}
	}
}
