package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/queries"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestBadUsage(t *testing.T) {
	for want, args := range map[string]string{
		"which server? ":         "",
		`PID "x": want a number`: "x",
		"--pid 0: ":              "0",
		"--pid 4194305: there is no such process": "4194305",
		`MIN_MS "x": want a number`:               "1 x",
		"threshold of -2 ms: ":                    "1 -- -2",
		`unexpected argument "3"`:                 "1 2 3",
	} {
		tooltest.Refused(t, tool(), want, strings.Fields(args)...)
	}
}

// A server with static probes is traced by these; the default is 1 ms.
func TestLive(t *testing.T) {
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedHeaders(t)
	testenv.NeedSDT(t)
	server, other := tooltest.StartMysqld(t, "-DPROBES"), tooltest.StartMysqld(t, "-DPROBES")
	pid := fmt.Sprint(server.Pid())
	usual := tooltest.Start(t, "mysqld_qslower", pid)
	slow := tooltest.Start(t, "mysqld_qslower", pid, "25", "--json")
	other.Ask("30 select 'of another server'")
	server.Ask("30 select 'slow'", "0 select 'fast'", "ping", "thread 5 update t set x = 'ü'", "40 "+strings.Repeat("x", 5000))

	made := server.Made()
	var got []queries.Query
	for line := range strings.Lines(tooltest.Stop(t, slow).Stdout) {
		var q queries.Query
		if err := json.Unmarshal([]byte(line), &q); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		// What was to be faster may have been slow.
		if sleeps := strings.Contains(q.Query, "slow") || strings.Contains(q.Query, "xxx"); sleeps || q.Latency < 25e6 {
			got = append(got, q)
		}
	}
	if len(got) != 2 || len(made) != 4 {
		t.Fatalf("got %+v of %+v", got, made)
	}
	for i, m := range []tooltest.MadeQuery{made[0], made[3]} {
		q := got[i]
		if took, whole := time.Duration(q.Latency), time.Duration(m.End-m.Begin); took > whole || took < whole-testenv.Timeout(10*time.Millisecond) {
			t.Errorf("%.50q took %v, by its own measure %v", m.Text, took, whole)
		}
		want := queries.Query{
			Time: q.Time, Latency: q.Latency, PID: uint32(server.Pid()), TID: m.TID,
			Query: m.Text[:min(len(m.Text), 4095)], QueryCut: len(m.Text) > 4095,
		}
		if q != want {
			t.Errorf("got %+v\nwant %+v", q, want)
		}
	}

	rows := strings.Split(tooltest.Stop(t, usual).Stdout, "\n")
	rows = slices.DeleteFunc(rows, func(row string) bool { return strings.HasSuffix(row, "'fast'") && !strings.Contains(row, " 0.") })
	want := []string{"QUERY", "select 'slow'", "update t set x = 'ü'", strings.Repeat("x", 4095) + "..."}
	if len(rows) != 5 || rows[0] != "TIME(s)        PID           MS QUERY" || rows[4] != "" {
		t.Fatalf("got %q", rows)
	}
	for i, row := range rows[1:4] {
		var at, ms float64
		var rowPID int
		if _, err := fmt.Sscanf(row, "%f %d %f", &at, &rowPID, &ms); err != nil || rowPID != server.Pid() || !strings.HasSuffix(row, " "+want[i+1]) ||
			at <= 0 || ms < 1 {
			t.Errorf("row %.100q: %v", row, err)
		}
	}
}
