package main

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

var row = regexp.MustCompile(`(?m)^\d+\.\d{6} \S+ \((\d+)\) asked for a sync$`)

func TestPrintsEverySync(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	testenv.NeedTracefs(t)
	p := testenv.Start(t, testenv.Tool(t, "02_sys_sync"))
	p.Await("Ctrl-C ends it", time.Minute)

	calls := []activity.SyncCall{activity.Sync(), activity.Sync(), activity.Sync()}
	p.Await(`(?s)(?:asked for a sync.*?){3}`, 10*time.Second)
	result := p.Stop()
	rows := row.FindAllStringSubmatch(result.Stdout, -1)
	if result.ExitCode != 0 || len(rows) != len(calls) {
		t.Fatalf("%d rows for %d syncs: %v", len(rows), len(calls), result)
	}
	for i, call := range calls {
		if got, want := rows[i][1], fmt.Sprint(call.TID); got != want {
			t.Errorf("sync %d by thread %s, want %s: %v", i+1, got, want, result)
		}
	}
}
