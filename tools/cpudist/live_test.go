package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "sched:sched_switch")
}

// rivals are two threads that want the same processor.
func rivals(t *testing.T) []*tooltest.Thread {
	t.Helper()
	return []*tooltest.Thread{tooltest.StartThread(t, 0, "one"), tooltest.StartThread(t, 0, "two")}
}

// compete has threads want their processor for a while, and returns their times by
// the kernel's statistics.
func compete(d time.Duration, threads []*tooltest.Thread) []tooltest.Sched {
	var before, times []tooltest.Sched
	for _, th := range threads {
		before = append(before, th.Sched())
		th.Begin(tooltest.Burn(d))
	}
	for i, th := range threads {
		th.Wait()
		times = append(times, th.Sched().Sub(before[i]))
	}
	return times
}

// check compares threads' histograms with their times on the processor.
func check(t *testing.T, all map[string]tooltest.Histogram, threads []*tooltest.Thread, times []tooltest.Sched) {
	t.Helper()
	for i, th := range threads {
		h := all[fmt.Sprintf("%d %s", th.TID, th.Comm)]
		low, high := h.Bounds()
		ran, slices := uint64(times[i].Ran.Microseconds()), uint64(times[i].Slices)
		t.Logf("%s: %d times of %d to %d us; the kernel says %d of %d", th.Comm, h.Count(), low, high, slices, ran)
		// A switch may happen between the statistics and the tool's start or end.
		if h.Unit != "usecs" || ran < low*95/100 || ran > high*105/100 || h.Count()+3 < slices || h.Count() > slices+3 {
			t.Errorf("%s: %d times of %d to %d us; the kernel says %d of %d: %v", th.Comm, h.Count(), low, high, slices, ran, all)
		}
	}
}

// The times of each thread are those that the kernel counts.
func TestLive(t *testing.T) {
	needs(t)
	threads := rivals(t)
	p := tooltest.Start(t, "cpudist", "--json", "-L", "-p", fmt.Sprint(os.Getpid()))
	times := compete(300*time.Millisecond, threads)
	check(t, tooltest.Histograms(t, tooltest.StopNow(t, p).Stdout, "tid"), threads, times)
}

// So they are where only tracepoints tell of threads.
func TestLiveOtherHeaders(t *testing.T) {
	needs(t)
	other := tooltest.OtherHeaders(t)
	threads := rivals(t)
	t.Setenv("BCCGO_HEADERS", other)
	p := tooltest.Start(t, "cpudist", "--json", "-L", "-p", fmt.Sprint(os.Getpid()))
	times := compete(300*time.Millisecond, threads)
	check(t, tooltest.Histograms(t, tooltest.StopNow(t, p).Stdout, "tid"), threads, times)
}

// Sleeps are times off the processor.
const (
	sleeps = 10
	sleep  = 90 * time.Millisecond // in the row from 64 to 127 ms
)

func sleeping(t testing.TB) func() {
	return func() {
		for range sleeps {
			ts := unix.NsecToTimespec(sleep.Nanoseconds())
			if err := unix.Nanosleep(&ts, nil); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestLiveOff(t *testing.T) {
	needs(t)
	th := tooltest.StartThread(t, 0, "sleeper")
	p := tooltest.Start(t, "cpudist", "--json", "-OmL", "-p", fmt.Sprint(os.Getpid()))
	th.Do(sleeping(t))
	h := tooltest.Histograms(t, tooltest.StopNow(t, p).Stdout, "tid")[fmt.Sprintf("%d sleeper", th.TID)]
	var long uint64
	for _, row := range h.Rows {
		if row.From >= 64 {
			long += row.Count
		}
	}
	// The thread waited for its work before, perhaps as long.
	if h.Unit != "msecs" || long < sleeps || long > sleeps+1 {
		t.Errorf("%d sleeps of %v: got %+v", sleeps, sleep, h)
	}
}

// The total is what all threads ran, and the count how often.
func TestLiveExtension(t *testing.T) {
	needs(t)
	threads := rivals(t)
	p := tooltest.Start(t, "cpudist", "--json", "-e", "-p", fmt.Sprint(os.Getpid()))
	times := compete(200*time.Millisecond, threads)
	out := tooltest.StopNow(t, p).Stdout
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var sum summary
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &sum); err != nil || len(lines) != 2 {
		t.Fatalf("%v: %s", err, out)
	}
	ran := uint64((times[0].Ran + times[1].Ran).Microseconds())
	count := tooltest.Histograms(t, lines[0], "")[""].Count()
	// Other threads of the test run too.
	if sum.Total < ran*95/100 || sum.Total > ran*3/2+50000 || sum.Count != count || sum.Average != sum.Total/sum.Count || sum.ValType != "usecs" {
		t.Errorf("the kernel says %d us; got %+v and %d in the histogram", ran, sum, count)
	}
}
