package main

import (
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestShowsEachRequest(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	testenv.NeedTracefs(t)
	path := activity.Loop(t)
	p := testenv.Start(t, testenv.Tool(t, "06_disksnoop"))
	p.Await("Ctrl-C ends it", time.Minute)

	begin := time.Now()
	activity.WriteDirect(t, path, "64k", "20")
	activity.ReadDirect(t, path, "8k", "30")
	p.Await(`(?s)(?: R +8192 .*?){30}`, 10*time.Second)
	took := time.Since(begin).Seconds()

	result := p.Stop()
	count := make(map[string]int)
	var sum float64
	row := regexp.MustCompile(`(?m)^\d+\.\d{6} +(\w+ +\d+) +(\d+\.\d{2})$`)
	for _, m := range row.FindAllStringSubmatch(result.Stdout, -1) {
		count[m[1]]++
		ms, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += ms / 1000
	}
	if result.ExitCode != 0 || count["W    65536"] != 20 || count["R    8192"] != 30 {
		t.Errorf("requests %v, want 20 of W 65536 and 30 of R 8192: %v", count, result)
	}
	if sum <= 0 || sum > took {
		t.Errorf("the requests took %f s, want more than 0 and at most %f: %v", sum, took, result)
	}
}

// Without kprobes the program says so, and what can be used instead.
func TestWithoutKprobes(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	if bccgo.SupportKprobes() == nil {
		t.Skip("this kernel has kprobes")
	}
	result := testenv.Run(t, time.Minute, testenv.Tool(t, "06_disksnoop"))
	if says := regexp.MustCompile(`(?s)kprobe.*13_disksnoop_tracepoints`); result.ExitCode != 1 || !says.MatchString(result.Stderr) {
		t.Error(result)
	}
}
