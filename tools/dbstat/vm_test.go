package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// Without a filter the servers are found, as by BCC's own tool, which counts the
// same queries.
func TestVMSideBySide(t *testing.T) {
	side := tooltest.SideBySide(t)
	pg := tooltest.StartPostgres(t)
	session := pg.Session()
	// Early in their slots, which end at twice the time, for the machine is slow.
	slow := []string{"select pg_sleep(1.1);", "select 1;", "select pg_sleep(2.2);", "select pg_sleep(1.15);"}
	theirs := tooltest.StartTheirs(t, "dbstat", "Tracing", "postgres", "-m", "200")
	session.Query(slow...)
	time.Sleep(testenv.Timeout(500 * time.Millisecond))
	their := tooltest.StopTheirs(t, theirs)

	ours := tooltest.Start(t, "dbstat", "postgres", "-m", "200")
	session.Query(slow...)
	our := tooltest.Stop(t, ours).Stdout
	got, want := counted(t, our), counted(t, their)
	if len(got) != 3 || !slices.Equal(got, want) {
		t.Errorf("ours:\n%s\nBCC's:\n%s", our, their)
	}
	side.Row("histogram", map[string]string{"counts": fmt.Sprint(got)}, map[string]string{"counts": fmt.Sprint(want)})
}
