package fstest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// histogram is a line of JSON.
type histogram struct {
	Operation string
	Data      []struct {
		Start uint64 `json:"interval-start"`
		Count uint64
	}
}

// from counts what took from the beginning of an interval on.
func (h histogram) from(start uint64) (n uint64) {
	for _, row := range h.Data {
		if row.Start >= start {
			n += row.Count
		}
	}
	return n
}

// Dist checks the tool that prints histograms of operations on a kind of file system:
// that all is counted, where it belongs.
func Dist(t *testing.T, kind string) {
	testenv.VM(t)
	dir := Mount(t, kind)
	tool, self := kind+"dist", fmt.Sprint(os.Getpid())
	whole := tooltest.Start(t, tool, "--json", "-p", self)
	parts := tooltest.Start(t, tool, "-m", "-p", self, "1000", "2")
	done := append(Operations(t, dir), SyncWrite(t, dir)...)
	if out, err := exec.Command("cat", filepath.Join(dir, "plain file")).CombinedOutput(); err != nil { // not this process
		t.Errorf("%v: %s", err, out)
	}
	checkCounts(t, tooltest.StopNow(t, whole).Stdout, done)
	if out := tooltest.StopNow(t, parts).Stdout; !partsText.MatchString(out) {
		t.Errorf("in milliseconds, with an interval:\n%s", out)
	}
}

// partsText are all operations, the opens being quick and an fsync slow.
var partsText = regexp.MustCompile(`^\n\d\d:\d\d:\d\d\n\noperation = read\n     msecs +: count     distribution\n` +
	`[\s\S]*\noperation = write\n[\s\S]*\noperation = open\n.*\n +0 -> 1 +: [1-9][\s\S]*\noperation = fsync\n[\s\S]*\n +(16|32) -> `)

func checkCounts(t *testing.T, stdout string, done []Done) {
	t.Helper()
	got := make(map[string]histogram)
	for line := range strings.Lines(stdout) {
		var h histogram
		if err := json.Unmarshal([]byte(line), &h); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		got[h.Operation] = h
	}
	// A read and an fsync of the file need the disk. Its delay is in the interval
	// from 16384 us on, or in a later one.
	const long = 16384
	least := map[string]uint64{"read": 1, "fsync": 1}
	for _, operation := range []string{"read", "write", "open", "fsync"} {
		var all, slow uint64
		for _, d := range done {
			if d.Operation == operation {
				all++
			}
			if d.Operation == operation && d.Took() >= long*time.Microsecond {
				slow++
			}
		}
		h := got[operation]
		if h.from(0) != all || h.from(long) > slow || h.from(long) < least[operation] {
			t.Errorf("%s: %d, at most %d of them slow, at least %d; got %+v", operation, all, slow, least[operation], h)
		}
	}
	if len(got) != 4 {
		t.Errorf("got %v", got)
	}
}
