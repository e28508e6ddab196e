package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestShowsEachRequest(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "block:block_rq_issue")
	path := activity.Loop(t)
	p := testenv.Start(t, testenv.Tool(t, "13_disksnoop_tracepoints"), "-disk", path)
	p.Await("Ctrl-C ends it", time.Minute)

	begin := time.Now()
	writer := activity.WriteDirect(t, path, "64k", "3")
	reader := activity.ReadDirect(t, path, "8k", "2")
	p.Await(`(?s)(?: R\w* .*?){2}`, 10*time.Second)
	took := time.Since(begin)

	result := p.Stop()
	if heading, _, _ := strings.Cut(result.Stdout, "\n"); result.ExitCode != 0 ||
		strings.Join(strings.Fields(heading), " ") != "TIME COMM PID DISK KIND SECTOR BYTES LAT(ms)" {
		t.Errorf("heading: %v", result)
	}
	// A thread of the kernel sends requests that had to wait, and often writes.
	row := `(?:dd +%d|kworker/\S+ +\d+) +%s +%s\w* +(\d+) +%d`
	name := filepath.Base(path)
	checkRows(t, result.Stdout, fmt.Sprintf(row, writer, name, "W", 65536), took, "0", "128", "256")
	checkRows(t, result.Stdout, fmt.Sprintf(row, reader, name, "R", 8192), took, "0", "16")
	if t.Failed() {
		t.Log(result)
	}
}

// checkRows checks that there is exactly one row for each sector, and that the
// requests took no longer together than all that was done.
func checkRows(t *testing.T, stdout, middle string, most time.Duration, sectors ...string) {
	t.Helper()
	row := regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d\.\d{6} +` + middle + ` +(\d+\.\d{3})$`)
	got := make(map[string]int)
	var sum float64
	for _, m := range row.FindAllStringSubmatch(stdout, -1) {
		got[m[1]]++
		ms, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += ms
	}
	for _, sector := range sectors {
		if got[sector] != 1 {
			t.Errorf("%d rows of sector %s, want 1: %s", got[sector], sector, middle)
		}
	}
	if len(got) != len(sectors) {
		t.Errorf("sectors %v, want %v", got, sectors)
	}
	if sum <= 0 || sum > most.Seconds()*1000 {
		t.Errorf("the requests took %f ms, want more than 0 and at most %v", sum, most)
	}
}

func TestUnknownDisk(t *testing.T) {
	result := testenv.Run(t, 10*time.Second, testenv.Tool(t, "13_disksnoop_tracepoints"), "-disk", "nonesuch")
	if result.ExitCode == 0 || !strings.Contains(result.Stderr, "find disk nonesuch") {
		t.Error(result)
	}
}
