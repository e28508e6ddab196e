package main

import (
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// crowd are threads that want the first processor; all but one wait.
const crowd = 5

func startCrowd(t *testing.T) []*tooltest.Thread {
	t.Helper()
	// Go runs no more threads at a time than there are processors, if not told to.
	before := runtime.GOMAXPROCS(crowd + 1)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	var threads []*tooltest.Thread
	for i := range crowd {
		threads = append(threads, tooltest.StartThread(t, 0, fmt.Sprint("crowd ", i)))
	}
	return threads
}

// press has all threads want their processor.
func press(threads []*tooltest.Thread, d time.Duration) {
	for _, th := range threads {
		th.Begin(tooltest.Burn(d))
	}
	for _, th := range threads {
		th.Wait()
	}
}

// The queue of the first processor is as long as there are threads that wait.
func TestVMLength(t *testing.T) {
	testenv.VM(t)
	threads := startCrowd(t)
	p := tooltest.Start(t, "runqlen", "--json", "-C")
	begin := time.Now()
	press(threads, 2*time.Second)
	took := time.Since(begin)
	out := tooltest.StopNow(t, p).Stdout
	counts := make(map[uint64]uint64)
	h := tooltest.Histograms(t, out, "cpu")["0"]
	for _, row := range h.Rows {
		counts[row.From] += row.Count
	}
	all := h.Count()
	t.Logf("in %v: %v", took, counts)
	// Emulated, the machine's clock may miss some samples.
	if wanted := uint64(took.Seconds() * frequency); all < wanted/2 || all > wanted*3/2 || counts[crowd-1] < all/2 || counts[0] > all/4 {
		t.Errorf("%d samples in %v: %v in\n%s", all, took, counts, out)
	}
}

// Threads wait at the first processor nearly always.
func TestVMOccupancy(t *testing.T) {
	testenv.VM(t)
	threads := startCrowd(t)
	p := tooltest.Start(t, "runqlen", "-OCT", "1", "2")
	press(threads, 2500*time.Millisecond)
	r := p.Wait(time.Minute)
	rows := regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d\nrunqocc, CPU 0   ( ?[\d.]+)%$`).FindAllStringSubmatch(r.Stdout, -1)
	if r.ExitCode != 0 || len(rows) != 2 {
		t.Fatalf("%v", r)
	}
	var percent float64
	if fmt.Sscan(rows[1][1], &percent); percent < 80 || percent > 100 {
		t.Errorf("%v%% in\n%s", percent, r.Stdout)
	}
}

// BCC's own tool and this one find the same length.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	threads := startCrowd(t)
	theirs := tooltest.StartTheirs(t, "runqlen", "Sampling", "-C")
	ours := tooltest.Start(t, "runqlen", "-C")
	press(threads, 3*time.Second)
	c.Row("the first processor", usual(tooltest.StopNow(t, ours).Stdout), usual(tooltest.StopTheirs(t, theirs)))
	c.Explained("count", "the tools sample at different moments, and the tools themselves wait in queues")
}

var rowRE = regexp.MustCompile(`^ *(\d+) +: (\d+) +\|`)

// usual is the length that the first processor's queue has most often.
func usual(out string) map[string]string {
	_, text, _ := strings.Cut(out, "\ncpu = 0\n")
	fields := make(map[string]string)
	most := 0
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "cpu = ") {
			break
		}
		if strings.Contains(line, "distribution") {
			fields["heading"] = strings.Join(strings.Fields(line), " ")
		}
		if m := rowRE.FindStringSubmatch(line); m != nil {
			var n int
			if fmt.Sscan(m[2], &n); n > most {
				most = n
				fields["runqlen"] = m[1]
			}
		}
	}
	return fields
}
