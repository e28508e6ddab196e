package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

var warning = regexp.MustCompile(`(?m)^(\d+\.\d{2}) s: (\S+) \((\d+)\): sync again after (\d+) ms$`)

func TestWarnsWithinASecond(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	p := testenv.Start(t, testenv.Tool(t, "08_sync_perf_output"))
	p.Await("Ctrl-C ends it", time.Minute)

	first := activity.Sync()
	time.Sleep(300 * time.Millisecond)
	soon := activity.Sync()
	time.Sleep(1100 * time.Millisecond)
	late := activity.Sync()
	again := activity.Sync()
	p.Await(`(?s)(?:sync again.*?){2}`, 10*time.Second)

	result := p.Stop()
	rows := warning.FindAllStringSubmatch(result.Stdout, -1)
	if result.ExitCode != 0 || len(rows) != 2 {
		t.Fatalf("%d warnings, want 2: %v", len(rows), result)
	}
	checkGap(t, rows[0], first, soon)
	checkGap(t, rows[1], late, again)
	low, high := soon.GapMillis(again)
	between, err := strconv.ParseFloat(rows[1][1], 64)
	if err != nil || rows[0][1] != "0.00" || between < float64(low)/1000-0.01 || between > float64(high)/1000+0.01 {
		t.Errorf("times %s and %s: want 0.00 and %d to %d ms (%v)", rows[0][1], rows[1][1], low, high, err)
	}
}

// checkGap compares a warning with the two calls it is about.
func checkGap(t *testing.T, row []string, before, call activity.SyncCall) {
	t.Helper()
	ms, err := strconv.ParseInt(row[4], 10, 64)
	low, high := before.GapMillis(call)
	if err != nil || ms < low || ms > high {
		t.Errorf("%q: want %d to %d ms (%v)", row[0], low, high, err)
	}
	comm := filepath.Base(os.Args[0])
	if row[2] != comm[:min(15, len(comm))] || row[3] != fmt.Sprint(call.TID) {
		t.Errorf("%q: want %s, thread %d", row[0], comm, call.TID)
	}
}
