package main

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestTimesEachRequest(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "block:block_rq_issue")
	path := activity.Loop(t)
	p := testenv.Start(t, testenv.Tool(t, "10_disklatency"), "-disk", path)
	p.Await("Ctrl-C prints", time.Minute)

	begin := time.Now()
	activity.WriteDirect(t, path, "64k", "50")
	activity.ReadDirect(t, path, "8k", "30")
	took := time.Since(begin)

	result := p.Stop()
	if result.ExitCode != 0 || !strings.HasPrefix(result.Stdout, "     usecs               : count     distribution\n") {
		t.Errorf("heading: %v", result)
	}
	var requests, least int64
	row := regexp.MustCompile(`(?m)^ *(\d+) -> \d+ +: (\d+) `)
	for _, m := range row.FindAllStringSubmatch(result.Stdout, -1) {
		low, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		count, err := strconv.ParseInt(m[2], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		requests += count
		least += count * low
	}
	if requests != 80 {
		t.Errorf("%d requests, want 80: %v", requests, result)
	}
	if least == 0 || least > took.Microseconds() {
		t.Errorf("the requests took at least %d us, all that was done %v: %v", least, took, result)
	}
}

func TestUnknownDisk(t *testing.T) {
	result := testenv.Run(t, 10*time.Second, testenv.Tool(t, "10_disklatency"), "-disk", "nonesuch")
	if result.ExitCode == 0 || !strings.Contains(result.Stderr, "find disk nonesuch") {
		t.Error(result)
	}
}
