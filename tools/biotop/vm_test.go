package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bccgo/bcc/tools/internal/tooltest"
	"github.com/bccgo/bcc/tools/internal/tooltest/blocktest"
)

// self is the name of the test's process, as the kernel has it.
func self() string {
	name := filepath.Base(os.Args[0])
	return name[:min(len(name), 15)]
}

// rows reads lines of JSON, and sums up those of several intervals.
func rows(t *testing.T, stdout string) map[string]row {
	t.Helper()
	all := make(map[string]row)
	for line := range strings.Lines(stdout) {
		var r row
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		key := fmt.Sprint(r.PID, r.Comm, r.Type, r.Disk)
		sum := all[key]
		r.Latency = (r.Latency*r.Requests + sum.Latency*sum.Requests) / (r.Requests + sum.Requests)
		r.Requests += sum.Requests
		r.Bytes += sum.Bytes
		all[key] = r
	}
	return all
}

// Processes, operations and disks are told apart, and each interval has what came in
// it, the most first; -p leaves out others.
func TestVM(t *testing.T) {
	blocktest.NullDisks(t)
	first, second := blocktest.Open(t, "nullb0"), blocktest.Open(t, "nullb1")
	all := tooltest.Start(t, "biotop", "--json", "1")
	own := tooltest.Start(t, "biotop", "-p", fmt.Sprint(os.Getpid()), "60")
	first.Read(5)
	first.Write(3)
	second.ReadAt(0, 65536)
	dd := exec.Command("dd", "if=/dev/nullb1", "of=/dev/null", "iflag=direct", "bs=8192", "count=60")
	if out, err := dd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out := tooltest.Stop(t, all).Stdout
	pid := uint32(os.Getpid())
	check(t, rows(t, out), []row{
		{PID: pid, Comm: self(), Type: "R", Disk: "nullb0", Requests: 5, Bytes: 5 * 4096},
		{PID: pid, Comm: self(), Type: "W", Disk: "nullb0", Requests: 3, Bytes: 3 * 4096},
		{PID: pid, Comm: self(), Type: "R", Disk: "nullb1", Requests: 1, Bytes: 65536},
		{PID: uint32(dd.Process.Pid), Comm: "dd", Type: "R", Disk: "nullb1", Requests: 60, Bytes: 60 * 8192},
	})
	// 60 requests of 20 ms each take longer than an interval.
	if n := strings.Count(out, `"comm":"dd"`); n < 2 {
		t.Errorf("dd is in %d intervals:\n%s", n, out)
	}
	checkText(t, tooltest.Stop(t, own).Stdout)
}

func check(t *testing.T, got map[string]row, want []row) {
	t.Helper()
	for _, want := range want {
		r := got[fmt.Sprint(want.PID, want.Comm, want.Type, want.Disk)]
		const delay = uint64(blocktest.Delay)
		numbers, err := os.ReadFile("/sys/block/" + want.Disk + "/dev")
		if err != nil {
			t.Fatal(err)
		}
		if r.Requests != want.Requests || r.Bytes != want.Bytes || r.Latency < delay || r.Latency > 3*delay ||
			fmt.Sprintf("%d:%d\n", r.Major, r.Minor) != string(numbers) {
			t.Errorf("got %+v, want %+v", r, want)
		}
	}
}

// checkText checks the only block, which came at Ctrl-C.
func checkText(t *testing.T, out string) {
	t.Helper()
	row := fmt.Sprintf(`%-7d %s +`, os.Getpid(), regexp.QuoteMeta(self()))
	want := `^\n\d\d:\d\d:\d\d loadavg: [\d.]+ [\d.]+ [\d.]+ \d+/\d+ \d+\n\n` +
		`PID     COMM             D MAJ MIN DISK       I/O  Kbytes  AVGms\n` +
		row + `R \d+ +1   nullb1       1    64\.0  [2-9]\d\.\d\d\n` +
		row + `R \d+ +0   nullb0       5    20\.0  [2-9]\d\.\d\d\n` +
		row + `W \d+ +0   nullb0       3    12\.0  [2-9]\d\.\d\d\n$`
	if !regexp.MustCompile(want).MatchString(out) {
		t.Errorf("got\n%s", out)
	}
}
