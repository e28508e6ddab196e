package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// BCC's own tool shows the same queries of a server. It reads their texts when they
// are done, by when this server has written over them; servers may.
func TestVMSideBySide(t *testing.T) {
	side := tooltest.SideBySide(t)
	testenv.NeedSDT(t)
	server := tooltest.StartMysqld(t, "-DPROBES")
	pid := fmt.Sprint(server.Pid())
	asked := []string{"400 select 'slow'", "0 select 'fast'", "ping", "thread 500 update t set x = 1"}
	theirs := tooltest.StartTheirs(t, "mysqld_qslower", "QUERY", pid, "300")
	server.Ask(asked...)
	time.Sleep(testenv.Timeout(500 * time.Millisecond))
	want := rows(t, tooltest.StopTheirs(t, theirs))

	ours := tooltest.Start(t, "mysqld_qslower", pid, "300")
	server.Ask(asked...)
	got := rows(t, tooltest.Stop(t, ours).Stdout)
	if !slices.Equal(got, []string{pid + " select 'slow'", pid + " update t set x = 1"}) {
		t.Errorf("ours: %q", got)
	}
	over := []string{pid + " " + strings.Repeat("!", len("select 'slow'")), pid + " " + strings.Repeat("!", len("update t set x = 1"))}
	if !slices.Equal(want, over) {
		t.Errorf("BCC's: %q, want %q", want, over)
	}
	for i := range min(len(got), len(want)) {
		our, _, _ := strings.Cut(got[i], " ")
		their, _, _ := strings.Cut(want[i], " ")
		side.Row(asked[0], map[string]string{"PID": our}, map[string]string{"PID": their})
	}
	side.Explained("QUERY", "BCC's reads the text when the query is done, by when a server may have written over it")
}

// rows are the lines below the heading as process and query; BCC's are Python's
// bytes.
func rows(t *testing.T, out string) []string {
	t.Helper()
	_, out, _ = strings.Cut(out, "QUERY\n")
	var all []string
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		if len(f) < 4 {
			t.Errorf("row %q", line)
			continue
		}
		query := strings.Join(f[3:], " ")
		if bytes, ok := strings.CutPrefix(query, "b'"); ok {
			query = strings.TrimSuffix(bytes, "'")
		}
		all = append(all, f[1]+" "+query)
	}
	return all
}
