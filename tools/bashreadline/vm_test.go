package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// Without a filter all shells are seen, those that start later too; BCC's own
// tool, which misses a line that a shell is waiting for when it starts and what
// is beyond 80 bytes, shows the same of the others. The two cannot run at a time:
// BCC's names a semaphore with its uprobe, a random one, and the kernel wants all
// uprobes of a place to name the same.
func TestVMSideBySide(t *testing.T) {
	side := tooltest.SideBySide(t)
	before := bash(t)
	theirs := tooltest.StartTheirs(t, "bashreadline", "COMMAND")
	_, theirSession := typeInto(t, before)
	want := rows(tooltest.StopTheirs(t, theirs))
	ours := tooltest.Start(t, "bashreadline")
	waited, ourSession := typeInto(t, before)
	got := rows(tooltest.Stop(t, ours).Stdout)
	if !slices.Equal(got, slices.Concat(waited, ourSession)) || !slices.Equal(want, theirSession) {
		t.Errorf("ours:\n%q\nBCC's:\n%q", got, want)
	}
	side.Lines("commands", tooltest.Behind(1, ourSession), tooltest.Behind(1, want))
	side.Explained("the line that a shell waits for", "BCC's, which probes only the return of the function, misses what was being read when it started")
}

// typeInto types into a shell that waits for a line, and into one that starts. It
// returns the rows of the line waited for and of the others.
func typeInto(t *testing.T, before *shell) (waited, others []string) {
	t.Helper()
	by := func(sh *shell, line string) string { return shown(strconv.Itoa(sh.cmd.Process.Pid), line) }
	before.enter("echo waited for")
	waited = []string{by(before, "echo waited for")}
	later := bash(t)
	for _, l := range []string{"echo one  two", "", "# grüße", "echo three"} {
		later.enter(l)
		others = append(others, by(later, l))
	}
	before.enter("echo again")
	others = append(others, by(before, "echo again"))
	later.leave()
	time.Sleep(testenv.Timeout(time.Second))
	return waited, others
}

var row = regexp.MustCompile(`^\d\d:\d\d:\d\d +(\d+) *(.*)$`)

// rows are the lines below the heading as process and command.
func rows(out string) []string {
	var rows []string
	for line := range strings.Lines(out) {
		if m := row.FindStringSubmatch(strings.TrimSuffix(line, "\n")); m != nil {
			rows = append(rows, shown(m[1], m[2]))
		}
	}
	return rows
}

func shown(pid, command string) string { return pid + " " + command }
