package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
	"github.com/bccgo/bcc/tools/internal/tooltest/blocktest"
)

// requests reads lines of JSON.
func requests(t *testing.T, stdout string) []request {
	t.Helper()
	var out []request
	for line := range strings.Lines(stdout) {
		var r request
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		out = append(out, r)
	}
	return out
}

// ofDisk are the requests of a disk.
func ofDisk(all []request, disk string) []request {
	var out []request
	for _, r := range all {
		if r.Disk == disk {
			out = append(out, r)
		}
	}
	return out
}

// self is the name of the test's process, as the kernel has it.
func self() string {
	name := filepath.Base(os.Args[0])
	return name[:min(len(name), 15)]
}

// took tells whether a request took as long as the test's disks take.
func took(r request) bool {
	const delay = uint64(blocktest.Delay)
	return r.Latency >= delay && r.Latency < 10*delay
}

// Each request is there with who made it, where it was, its size and its times;
// -d leaves out other disks.
func TestVM(t *testing.T) {
	blocktest.NullDisks(t)
	d := blocktest.Open(t, "nullb0")
	all := tooltest.Start(t, "biosnoop", "--json", "-QP")
	second := tooltest.Start(t, "biosnoop", "-QP", "-d", "/dev/nullb1")
	begin := time.Now()
	d.ReadAt(1<<20, 4096)
	d.ReadAt(1<<20+4096, 8192)
	d.WriteAt(1<<20+4096+8192, 512)
	d.WriteAt(0, 65536)
	dd := exec.Command("dd", "if=/dev/nullb1", "of=/dev/null", "iflag=direct", "bs=16384", "count=2", "skip=5")
	if out, err := dd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	const atOnce = 6
	readAtOnce(t, atOnce)
	got := requests(t, tooltest.Stop(t, all).Stdout)
	first := ofDisk(got, "nullb0")
	if len(first) != 4+atOnce {
		t.Fatalf("got %+v", first)
	}
	pid, ddPID := uint32(os.Getpid()), uint32(dd.Process.Pid)
	check(t, begin, append(first[:4:4], ofDisk(got, "nullb1")...), []request{
		{PID: pid, Comm: self(), Disk: "nullb0", Type: "R", Sector: 2048, Bytes: 4096, Pattern: "?"},
		{PID: pid, Comm: self(), Disk: "nullb0", Type: "R", Sector: 2056, Bytes: 8192, Pattern: "S"},
		{PID: pid, Comm: self(), Disk: "nullb0", Type: "W", Sector: 2072, Bytes: 512, Pattern: "S"},
		{PID: pid, Comm: self(), Disk: "nullb0", Type: "W", Sector: 0, Bytes: 65536, Pattern: "R"},
		{PID: ddPID, Comm: "dd", Disk: "nullb1", Type: "R", Sector: 160, Bytes: 16384, Pattern: "?"},
		{PID: ddPID, Comm: "dd", Disk: "nullb1", Type: "R", Sector: 192, Bytes: 16384, Pattern: "S"},
	})
	checkQueued(t, first[4:])
	checkText(t, tooltest.Stop(t, second).Stdout, dd.Process.Pid)
}

// check compares requests that did not wait for each other.
func check(t *testing.T, begin time.Time, got, want []request) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i, r := range got {
		if !took(r) || r.Time.Before(begin) || r.Time.After(time.Now()) || r.Queued == nil || *r.Queued > 20*uint64(blocktest.Delay) {
			t.Errorf("got %+v, since %v", r, begin)
		}
		if r.Time, r.Latency, r.Queued = (time.Time{}), 0, nil; r != want[i] {
			t.Errorf("got %+v, want %+v", r, want[i])
		}
	}
}

// readAtOnce makes requests in several threads.
func readAtOnce(t *testing.T, n int) {
	t.Helper()
	var all sync.WaitGroup
	for i := range n {
		d := blocktest.Open(t, "nullb0")
		all.Go(func() { d.ReadAt(int64(i+1)<<20, 4096) })
	}
	all.Wait()
}

// checkQueued checks requests made at once: the disk takes them one by one, and the
// queue has room for two, so that all but the first wait for the one before.
func checkQueued(t *testing.T, got []request) {
	t.Helper()
	waited := 0
	for _, r := range got {
		if r.PID != uint32(os.Getpid()) || !took(r) || r.Queued == nil || *r.Queued > 20*uint64(blocktest.Delay) {
			t.Fatalf("got %+v", r)
		}
		if *r.Queued > uint64(blocktest.Delay)*3/4 {
			waited++
		}
	}
	if waited < len(got)/2 {
		t.Errorf("%d waited: %+v", waited, got)
	}
}

// checkText checks the lines about dd's requests.
func checkText(t *testing.T, out string, pid int) {
	t.Helper()
	want := fmt.Sprintf(`^TIME\(s\) +COMM +PID +DISK +T SECTOR +BYTES  P QUE\(ms\) LAT\(ms\)\n`+
		`0\.000000 +dd +%d +nullb1 +R 160 +16384  \? +\d\.\d\d +[2-9]\d\.\d\d\n`+
		`0\.\d{6} +dd +%[1]d +nullb1 +R 192 +16384  S +\d\.\d\d +[2-9]\d\.\d\d\n$`, pid)
	if !regexp.MustCompile(want).MatchString(out) {
		t.Errorf("got\n%s", out)
	}
}

// Without looking into requests it takes a tracepoint of Linux 6.5 to see who makes
// them.
func TestVMBySector(t *testing.T) {
	testenv.VM(t)
	there, err := bccgo.TracepointExists("block", "block_io_start")
	if err != nil {
		t.Fatal(err)
	}
	if !there {
		r := testenv.Run(t, time.Minute, testenv.Tool(t, "biosnoop"), "--by-sector")
		if r.ExitCode != 1 || !strings.Contains(r.Stderr, "block_io_start") || strings.Count(r.Stderr, "\n") != 1 {
			t.Error(r)
		}
		return
	}
	blocktest.NullDisks(t)
	p := tooltest.Start(t, "biosnoop", "--by-sector", "--json", "-d", "nullb0")
	blocktest.Open(t, "nullb0").WriteAt(4096, 8192)
	got := requests(t, tooltest.Stop(t, p).Stdout)
	if len(got) != 1 || got[0].PID != uint32(os.Getpid()) || got[0].Type != "W" || got[0].Sector != 8 || got[0].Bytes != 8192 || !took(got[0]) {
		t.Errorf("got %+v", got)
	}
}
