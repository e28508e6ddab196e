package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
	"github.com/bccgo/bcc/tools/internal/tooltest/blocktest"
)

// delay is how long the test's disks take for a request.
const delay = blocktest.Delay

// stop ends the tool after the last requests.
func stop(t *testing.T, p *testenv.Proc) string {
	t.Helper()
	time.Sleep(2 * delay)
	r := p.Stop()
	if r.ExitCode != 0 || strings.Contains(r.Stderr, "not seen") {
		t.Errorf("%v", r)
	}
	return r.Stdout
}

// histogram is a line of JSON: counts by the beginning of their interval.
type histogram struct {
	disk, flags string
	counts      map[uint64]uint64
}

func (h histogram) sum() (n uint64) {
	for _, c := range h.counts {
		n += c
	}
	return n
}

// below counts what took less than a time, as far as intervals tell.
func (h histogram) below(us uint64) (n uint64) {
	for start, c := range h.counts {
		if start*2 <= us {
			n += c
		}
	}
	return n
}

// histograms reads lines of JSON by their disk or flags.
func histograms(t *testing.T, stdout string) map[string]histogram {
	t.Helper()
	all := make(map[string]histogram)
	for line := range strings.Lines(stdout) {
		var raw struct {
			Disk, Flags string
			Data        []struct {
				Start uint64 `json:"interval-start"`
				Count uint64 `json:"count"`
			}
		}
		if err := json.Unmarshal([]byte(line), &raw); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		h := histogram{raw.Disk, raw.Flags, make(map[uint64]uint64)}
		for _, row := range raw.Data {
			h.counts[row.Start] = row.Count
		}
		all[raw.Disk+raw.Flags] = h
	}
	return all
}

// kinds are the ways to trace.
var kinds = map[string][]string{
	"tracepoint": {"--probes", "tracepoint"}, "kprobe": {"--probes", "kprobe"}, "sector": {"--by-sector"},
}

// Each request is counted, at its disk, with the time it took.
func TestVMDisks(t *testing.T) {
	blocktest.NullDisks(t)
	first, second := blocktest.Open(t, "nullb0"), blocktest.Open(t, "nullb1")
	for name, args := range kinds {
		t.Run(name, func(t *testing.T) {
			p := tooltest.Start(t, "biolatency", append(args, "-jD")...)
			first.Read(9)
			second.Write(5)
			got := histograms(t, stop(t, p))
			for disk, want := range map[string]uint64{"nullb0": 9, "nullb1": 5} {
				us := uint64(delay.Microseconds())
				if h := got[disk]; h.sum() != want || h.below(us) != 0 || h.below(50*us) != want {
					t.Errorf("%s: got %v, want %d requests of %v", disk, h, want, delay)
				}
			}
		})
	}
}

// Only the disk asked for is counted, and the average is right.
func TestVMOneDisk(t *testing.T) {
	blocktest.NullDisks(t)
	first, second := blocktest.Open(t, "nullb0"), blocktest.Open(t, "nullb1")
	for name, args := range kinds {
		t.Run(name, func(t *testing.T) {
			p := tooltest.Start(t, "biolatency", append(args, "-em", "-d", "nullb1")...)
			begin := time.Now()
			first.Read(3)
			second.Write(7)
			took := time.Since(begin)
			out := stop(t, p)
			m := regexp.MustCompile(`\n     msecs  [\s\S]*\navg = (\d+) msecs, total: (\d+) msecs, count: 7\n$`).FindStringSubmatch(out)
			if m == nil {
				t.Fatalf("got\n%s", out)
			}
			avg, sum := number(t, m[1]), number(t, m[2])
			if avg < delay.Milliseconds() || sum < 7*avg || sum > 7*avg+6 || sum > took.Milliseconds() {
				t.Errorf("in %v got\n%s", took, out)
			}
		})
	}
}

func number(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Flags and operations have their names.
func TestVMFlags(t *testing.T) {
	blocktest.NullDisks(t)
	d := blocktest.Open(t, "nullb0")
	for name, args := range kinds {
		t.Run(name, func(t *testing.T) {
			p := tooltest.Start(t, "biolatency", append(args, "-jF", "-d", "nullb0")...)
			d.Read(4)
			d.Write(6)
			got := histograms(t, stop(t, p))
			write := "Idle-Sync-Write"
			if name == "sector" {
				write = "Sync-Write" // the tracepoints do not tell of REQ_IDLE
			}
			if len(got) != 2 || got["Sync-Read"].sum() != 4 || got[write].sum() != 6 {
				t.Errorf("got %v", got)
			}
		})
	}
}

// With -Q the time in queues counts.
func TestVMQueued(t *testing.T) {
	blocktest.NullDisks(t)
	for _, kind := range []string{"auto", "tracepoint", "kprobe"} {
		t.Run(kind, func(t *testing.T) { checkQueued(t, "--probes", kind) })
	}
}

// Without looking into requests that takes a tracepoint of Linux 6.5.
func TestVMQueuedBySector(t *testing.T) {
	blocktest.NullDisks(t)
	there, err := bccgo.TracepointExists("block", "block_io_start")
	if err != nil {
		t.Fatal(err)
	}
	if there {
		checkQueued(t, "--by-sector")
		return
	}
	r := testenv.Run(t, time.Minute, testenv.Tool(t, "biolatency"), "-Q", "--by-sector")
	if r.ExitCode != 1 || !strings.Contains(r.Stderr, "block_io_start") || strings.Count(r.Stderr, "\n") != 1 {
		t.Error(r)
	}
}

// checkQueued checks that most of the requests made at once, to a disk that takes
// them one by one, wait for another one.
func checkQueued(t *testing.T, args ...string) {
	t.Helper()
	const n = 8
	queued := tooltest.Start(t, "biolatency", append(args, "-Qj", "-d", "nullb0")...)
	issued := tooltest.Start(t, "biolatency", append(args, "-j", "-d", "nullb0")...)
	var all sync.WaitGroup
	for i := range n {
		d := blocktest.Open(t, "nullb0")
		all.Go(func() {
			d.ReadAt(int64(i)<<20, blocktest.BlockSize)
		})
	}
	all.Wait()
	with, without := histograms(t, stop(t, queued))[""], histograms(t, stop(t, issued))[""]
	us := uint64(delay.Microseconds())
	if with.sum() != n || without.sum() != n || with.below(us) != 0 || without.below(us) != 0 {
		t.Fatalf("with queues %v, without %v", with, without)
	}
	const short = 33000 // microseconds; the row from 16384 on is shorter
	if with.below(short) > n/2 || without.below(short) < n-2 {
		t.Errorf("with queues %v, without %v", with, without)
	}
}

// Outputs come every interval, as often as asked for, and together have all.
func TestVMIntervals(t *testing.T) {
	blocktest.NullDisks(t)
	d := blocktest.Open(t, "nullb0")
	svg := filepath.Join(t.TempDir(), "requests.svg")
	p := tooltest.Start(t, "biolatency", "-T", "-e", "-d", "nullb0", "--svg", svg, "2", "3")
	begin := time.Now()
	d.Read(10)
	p.Await(`count: 10\n`, time.Minute)
	d.Read(1)
	r := p.Wait(time.Minute)
	took := time.Since(begin)
	times := regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d$`).FindAllString(r.Stdout, -1)
	if r.ExitCode != 0 || len(times) != 3 || !strings.HasPrefix(r.Stdout, "\n"+times[0]+"\n") ||
		!strings.Contains(r.Stderr, "biolatency: timing disk requests until Ctrl-C\n") ||
		took < 5*time.Second || took > 20*time.Second {
		t.Errorf("in %v got %v", took, r)
	}
	if n := regexp.MustCompile(`count: (\d+)`).FindAllStringSubmatch(r.Stdout, -1); len(n) != 2 || n[1][1] != "1" {
		t.Errorf("got %v", r.Stdout)
	}
	if picture, err := os.ReadFile(svg); err != nil || !strings.Contains(string(picture), ">11 in all<") {
		t.Errorf("%v, %s", err, picture)
	}
}

// The kernel's own statistics have the same number of requests and the same time
// spent on them, which they count in milliseconds.
func TestVMKernelStatistics(t *testing.T) {
	blocktest.NullDisks(t)
	for _, kind := range []string{"auto", "kprobe"} {
		t.Run(kind, func(t *testing.T) {
			p := tooltest.Start(t, "biolatency", "-Qem", "-d", "nullb0", "--probes", kind)
			before := statistics(t, "nullb0")
			const threads, each = 4, 15
			var all sync.WaitGroup
			for range threads {
				d := blocktest.Open(t, "nullb0")
				all.Go(func() { d.Read(each) })
			}
			all.Wait()
			after := statistics(t, "nullb0")
			out := stop(t, p)
			m := regexp.MustCompile(`total: (\d+) msecs, count: (\d+)`).FindStringSubmatch(out)
			if m == nil {
				t.Fatalf("got\n%s", out)
			}
			n, ms := after.requests-before.requests, after.ms-before.ms
			sum, count := number(t, m[1]), number(t, m[2])
			t.Logf("%d requests took %d ms, the kernel says %d and %d ms", count, sum, n, ms)
			if n != threads*each || count != n || sum < ms-n || sum > ms+2*n {
				t.Errorf("%d requests took %d ms, the kernel says %d and %d ms", count, sum, n, ms)
			}
		})
	}
}

type ioStatistics struct{ requests, ms int64 }

// statistics are the kernel's, of reads.
func statistics(t *testing.T, disk string) ioStatistics {
	t.Helper()
	text, err := os.ReadFile("/sys/block/" + disk + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	f := strings.Fields(string(text))
	return ioStatistics{number(t, f[0]), number(t, f[3])}
}
