package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// Without a filter the servers are found, and sessions that begin later are seen;
// BCC's own tool, which sees only those that are there when it starts, shows the
// same of these, as Python's bytes.
func TestVMSideBySide(t *testing.T) {
	side := tooltest.SideBySide(t)
	pg := tooltest.StartPostgres(t)
	session := pg.Session()
	slow := []string{"select pg_sleep(0.3);", "select 1;", "select pg_sleep(0.2), 7;"}
	theirs := tooltest.StartTheirs(t, "dbslower", "QUERY", "postgres", "-m", "150")
	session.Query(slow...)
	time.Sleep(testenv.Timeout(time.Second))
	var want []string
	for _, row := range rows(tooltest.StopTheirs(t, theirs)) {
		want = append(want, strings.TrimSuffix(strings.Replace(row, " b'", " ", 1), "'"))
	}

	ours := tooltest.Start(t, "dbslower", "postgres", "-m", "150")
	session.Query(slow...)
	pg.Query("select pg_sleep(0.25), 'later'")
	got := rows(tooltest.Stop(t, ours).Stdout)
	if len(got) != 3 || !strings.HasSuffix(got[2], "select pg_sleep(0.25), 'later'") || !slices.Equal(got[:2], want) {
		t.Errorf("ours:\n%q\nBCC's:\n%q", got, want)
	}
	side.Lines("queries", got[:min(2, len(got))], want)
	side.Explained("QUERY", "BCC's prints Python's bytes, as b'text'")
	side.Explained("later sessions", "BCC's sees the processes alone that are there when it starts")
}

// rows are the lines below the heading as process and query.
func rows(out string) []string {
	_, out, _ = strings.Cut(out, "QUERY\n")
	var all []string
	for line := range strings.Lines(out) {
		if f := strings.Fields(line); len(f) > 3 {
			all = append(all, f[1]+" "+strings.Join(f[3:], " "))
		}
	}
	return all
}
