package fstest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// slow is a line of JSON.
type slow struct {
	Done
	Time      time.Time
	PID, TID  int
	Comm      string
	LatencyNs int64 `json:"latency_ns"`
}

// Slower checks the tool that prints slow operations on a kind of file system: all
// that is done, by this process and another, with all details, and what is left out.
func Slower(t *testing.T, kind string) {
	testenv.VM(t)
	dir := Mount(t, kind)
	tool, self := kind+"slower", fmt.Sprint(os.Getpid())
	all := tooltest.Start(t, tool, "--json", "0")
	slow := tooltest.Start(t, tool, "-p", self)
	done := Operations(t, dir)
	cmd := exec.Command("cat", filepath.Join(dir, "plain file")) // not this process
	if out, err := cmd.CombinedOutput(); err != nil || len(out) != 16491 {
		t.Fatalf("%v: %d bytes", err, len(out))
	}
	done = append(done, SyncWrite(t, dir)...)
	if err := os.WriteFile(filepath.Join(t.TempDir(), "elsewhere"), []byte("x"), 0o600); err != nil {
		t.Error(err) // of another file system
	}
	operations := parse(t, tooltest.Stop(t, all).Stdout)
	checkAll(t, operations[os.Getpid()], done)
	checkCat(t, operations[cmd.Process.Pid])
	checkSlow(t, tooltest.Stop(t, slow).Stdout, done)
}

// parse reads JSON lines, by process.
func parse(t *testing.T, stdout string) map[int][]slow {
	t.Helper()
	all := make(map[int][]slow)
	for line := range strings.Lines(stdout) {
		var s slow
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all[s.PID] = append(all[s.PID], s)
	}
	return all
}

// checkCat checks what cat did: it opens the file and reads it to its end.
func checkCat(t *testing.T, got []slow) {
	t.Helper()
	want := []Done{{Operation: "open"}, {Operation: "read", Bytes: 16491}, {Operation: "read", Offset: 16491}}
	if len(got) != len(want) {
		t.Fatalf("cat: %+v", got)
	}
	for i, s := range got {
		want[i].File = "plain file"
		if s.Done != want[i] || s.Comm != "cat" || s.TID != s.PID {
			t.Errorf("cat: got %+v, want %+v", s, want[i])
		}
	}
}

func checkAll(t *testing.T, got []slow, done []Done) {
	t.Helper()
	self := filepath.Base(os.Args[0])
	if len(got) != len(done) {
		t.Fatalf("%d operations, want %d:\n%+v", len(got), len(done), got)
	}
	for i, s := range got {
		want := done[i]
		if s.TID == 0 || s.Comm != self[:min(15, len(self))] {
			t.Errorf("whose is it? %+v", s)
		}
		s.Begin, s.End = want.Begin, want.End
		if s.Done != want {
			t.Errorf("operation %d: got %+v, want %+v", i, s.Done, want)
		}
		took := time.Duration(s.LatencyNs)
		// The clocks may be some time apart.
		const apart = 50 * time.Millisecond
		if took <= 0 || took > want.Took() || s.Time.Before(want.Begin.Add(-apart)) || s.Time.After(want.End.Add(apart)) {
			t.Errorf("operation %d: took %v until %v, want at most %v, between %v and %v",
				i, took, s.Time, want.Took(), want.Begin, want.End)
		}
	}
}

var slowRow = regexp.MustCompile(`^(\d\d:\d\d:\d\d) (.{14}) (\d+) +([RWOS]) (-?\d+) +(\d+) +(\d+\.\d\d) (.*)\n$`)

// checkSlow checks the rows of what took longer than 10 ms: what the disk took part
// in, and at most what seemed that slow to the caller.
func checkSlow(t *testing.T, stdout string, done []Done) {
	t.Helper()
	lines := slices.Collect(strings.Lines(stdout))
	if len(lines) == 0 || lines[0] != "TIME     COMM           PID    T BYTES   OFF_KB   LAT(ms) FILENAME\n" {
		t.Fatalf("no heading:\n%s", stdout)
	}
	seen := make(map[string]float64)
	for _, line := range lines[1:] {
		f := slowRow.FindStringSubmatch(line)
		if f == nil {
			t.Errorf("odd row %q", line)
			continue
		}
		var ms float64
		fmt.Sscan(f[7], &ms) // digits, as the pattern says
		if ms < 10 || f[3] != fmt.Sprint(os.Getpid()) {
			t.Errorf("should not be there: %q", line)
		}
		seen[strings.Join([]string{f[4], f[5], f[6], f[8]}, " ")] = ms
	}
	for _, d := range done {
		key := fmt.Sprintf("%s %d %d %s", letter(d), d.Bytes-d.Err, d.Offset/1024, d.File)
		ms, ok := seen[key]
		disk := d.Operation == "fsync" && d.File == "plain file" || key == "R 4096 4 plain file"
		if disk && (!ok || ms < float64(Delay.Milliseconds())) || ok && ms > float64(d.Took())/1e6+0.01 {
			t.Errorf("%s took %v: %v\n%s", key, d.Took(), ms, stdout)
		}
		delete(seen, key)
	}
	if len(seen) > 0 {
		t.Errorf("nobody did %v", seen)
	}
}

func letter(d Done) string {
	return map[string]string{"read": "R", "write": "W", "open": "O", "fsync": "S"}[d.Operation]
}

// CSV checks what the tool prints as comma-separated values: what this process does.
func CSV(t *testing.T, kind string) {
	testenv.VM(t)
	dir := Mount(t, kind)
	p := tooltest.Start(t, kind+"slower", "-j", "-p", fmt.Sprint(os.Getpid()), "0")
	done := Operations(t, dir)
	if out, err := exec.Command("cat", filepath.Join(dir, "plain file")).CombinedOutput(); err != nil { // not this process
		t.Errorf("%v: %s", err, out)
	}
	checkCSV(t, tooltest.Stop(t, p).Stdout, done)
}

func checkCSV(t *testing.T, stdout string, done []Done) {
	t.Helper()
	lines := slices.Collect(strings.Lines(stdout))
	if len(lines) != len(done)+1 || lines[0] != "ENDTIME_us,TASK,PID,TYPE,BYTES,OFFSET_b,LATENCY_us,FILE\n" {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), len(done)+1, stdout)
	}
	for i, d := range done {
		want := fmt.Sprintf(`^\d+,[^,]+,%d,%s,%d,%d,\d+,%s\n$`, os.Getpid(), letter(d), d.Bytes-d.Err, d.Offset, d.File)
		if !regexp.MustCompile(want).MatchString(lines[i+1]) {
			t.Errorf("got %q, want %s", lines[i+1], want)
		}
	}
}
