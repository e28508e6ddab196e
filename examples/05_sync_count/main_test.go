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

var warning = regexp.MustCompile(`(?m)^\d+\.\d{2} s: sync number (\d+), (\d+) ms after the one before$`)

func TestCountsEverySync(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	testenv.NeedTracefs(t)
	p := testenv.Start(t, testenv.Tool(t, "05_sync_count"))
	p.Await("Ctrl-C ends it", time.Minute)

	calls := []activity.SyncCall{activity.Sync(), activity.Sync()}
	time.Sleep(1100 * time.Millisecond)
	calls = append(calls, activity.Sync()) // counted, without a warning
	time.Sleep(200 * time.Millisecond)
	calls = append(calls, activity.Sync())
	p.Await(`sync number 4`, 10*time.Second)

	result := p.Stop()
	if result.ExitCode != 0 || !strings.HasSuffix(result.Stdout, "\n4 syncs in all\n") {
		t.Errorf("want 4 syncs in all: %v", result)
	}
	rows := warning.FindAllStringSubmatch(result.Stdout, -1)
	if len(rows) != 2 || rows[0][1] != "2" || rows[1][1] != "4" {
		t.Fatalf("want warnings about syncs 2 and 4: %v", result)
	}
	for i, row := range rows {
		ms, err := strconv.ParseInt(row[2], 10, 64)
		low, high := calls[2*i].GapMillis(calls[2*i+1])
		if err != nil || ms < low || ms > high {
			t.Errorf("%q: want %d to %d ms (%v)", row[0], low, high, err)
		}
	}
}
