package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// noCounters returns the error of counting by the processor's counters, nil if it has
// them.
func noCounters(t *testing.T) error {
	t.Helper()
	m, err := bccgo.Load("int on_sample(struct bpf_perf_event_data *ctx)\n{\n\treturn 0;\n}\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	_, err = m.AttachPerfEvent(bccgo.PerfTypeHardware, bccgo.PerfHWCacheMisses, "on_sample",
		&bccgo.PerfEventOptions{SamplePeriod: 1000, PID: os.Getpid()})
	var lacks *bccgo.UnsupportedError
	if err != nil && !errors.As(err, &lacks) {
		t.Fatal(err)
	}
	return err
}

// Where the processor counts nothing, the tool says so in a line.
func TestLiveNoCounters(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	if noCounters(t) == nil {
		t.Skip("this machine has counters")
	}
	tooltest.Refused(t, tool(hardware()), "count references to the last-level cache: ", "-p", fmt.Sprint(os.Getpid()), "1")
	tooltest.Refused(t, tool(hardware()), "does not count this", "-p", fmt.Sprint(os.Getpid()), "1")
}

// Where it does, a process that goes through more memory than the cache holds misses
// some of it.
func TestLiveCounters(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	if err := noCounters(t); err != nil {
		t.Skip(err)
	}
	other := faulter(t)
	p := tooltest.Start(t, "llcstat", "--json", "-c", "1000", "-p", fmt.Sprint(other.Pid()))
	other.fault()
	sum, _ := total(t, tooltest.StopNow(t, p).Stdout, other.Pid())
	if sum.References == 0 || sum.Misses == 0 || sum.Misses > sum.References {
		t.Errorf("got %+v", sum)
	}
}

// faulterText writes to pages that it had not yet, once a line comes, and tells how
// many page faults it had by then and afterwards.
const faulterText = `
import mmap, resource, sys
faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt
memory = mmap.mmap(-1, 3000 * 4096)
print("ready", faults(), flush=True)
sys.stdin.readline()
for i in range(3000):
    memory[i * 4096] = 1
print("done", faults(), flush=True)
sys.stdin.readline()
`

// pageFaulter is a process that makes page faults as it is told.
type pageFaulter struct {
	*testenv.Proc
	t     *testing.T
	input *os.File
}

func faulter(t *testing.T) *pageFaulter {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	cmd := exec.Command("/usr/bin/python3", "-c", faulterText)
	cmd.Stdin = r
	p := testenv.StartCmd(t, cmd)
	r.Close()
	p.Await(`(?m)^ready \d+$`, time.Minute)
	p.AwaitRest()
	return &pageFaulter{p, t, w}
}

// fault has the process do it and returns how many page faults it was at least: those
// that come before and after it counts are not among them.
func (f *pageFaulter) fault() uint64 {
	f.t.Helper()
	if _, err := f.input.WriteString("\n"); err != nil {
		f.t.Fatal(err)
	}
	f.Await(`(?m)^done \d+$`, time.Minute)
	numbers := regexp.MustCompile(`\d+`).FindAllString(f.Stdout(), -1)
	var before, after uint64
	fmt.Sscan(strings.Join(numbers, " "), &before, &after)
	if after < before+3000 {
		f.t.Fatalf("the process made no page faults: %s", f.Stdout())
	}
	return after - before
}

// total adds up what JSON lines tell, all of which must be about a process.
func total(t *testing.T, stdout string, pid int) (sum count, threads int) {
	t.Helper()
	for line := range strings.Lines(stdout) {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if r.PID != uint32(pid) || r.Comm.String() != "python3" || r.Time.IsZero() || int(r.CPU) > 4096 {
			t.Errorf("got %s", line)
		}
		if r.TID == uint32(pid) {
			threads++
		}
		sum.References += r.References
		sum.Misses += r.Misses
	}
	return sum, threads
}

// watcher is a standard error that calls a function when the tool traces.
type watcher struct {
	text bytes.Buffer
	seen func()
}

func (w *watcher) Write(p []byte) (int, error) {
	w.text.Write(p)
	if bytes.Contains(p, []byte(": tracing\n")) {
		w.seen()
	}
	return len(p), nil
}

// Page faults stand for what the processor would count: the tool's own program counts
// them by process, in samples of a period, as often as the kernel says that there were.
func TestLiveSamples(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedProgram(t, "/usr/bin/python3")
	for _, period := range []uint64{1, 10} {
		t.Run(fmt.Sprint(period), func(t *testing.T) {
			other := faulter(t)
			o := &options{events: [2]event{
				{"page faults", "on_reference", bccgo.PerfTypeSoftware, bccgo.PerfSWPageFaults},
				{"page faults that read from disks", "on_miss", bccgo.PerfTypeSoftware, bccgo.PerfSWPageFaultsMaj},
			}}
			ctx, stop := context.WithCancel(t.Context())
			var faults uint64
			errs := &watcher{seen: func() {
				faults = other.fault()
				stop()
			}}
			var out bytes.Buffer
			args := []string{"llcstat", "-v", "--json", "-t", "-c", fmt.Sprint(period), "-p", fmt.Sprint(other.Pid()), "60"}
			if code := tool(o).Execute(ctx, args, &out, errs); code != 0 {
				t.Fatalf("%d, %s", code, &errs.text)
			}
			got, threads := total(t, out.String(), other.Pid())
			if got.References%period != 0 || got.References+period < faults || got.References > faults+50 || got.Misses != 0 || threads == 0 {
				t.Errorf("got %+v of %d threads, want %d", got, threads, faults)
			}
		})
	}
}
