package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

// Without a filter all shells are seen, those that start later too; BCC's own
// tool, which misses a line that a shell is waiting for when it starts and what
// is beyond 80 bytes, shows the same of the others.
func TestVMSideBySide(t *testing.T) {
	testenv.VM(t)
	theirTool, err := exec.LookPath("bashreadline-bpfcc")
	if err != nil {
		t.Fatal(err)
	}
	before := bash(t)
	theirs := testenv.Start(t, "/usr/bin/python3", "-u", theirTool)
	theirs.Await("COMMAND", 3*time.Minute)
	ours := startTool(t)
	before.enter("echo waited for")
	later := bash(t)
	for _, l := range []string{"echo one  two", "", "# grüße", "echo three"} {
		later.enter(l)
	}
	before.enter("echo again")
	before.leave()
	later.leave()
	time.Sleep(testenv.Timeout(time.Second))
	theirs.Signal(os.Interrupt)
	got := rows(stop(t, ours).Stdout)
	want := rows(theirs.Wait(time.Minute).Stdout)
	if len(got) != 6 || !strings.HasSuffix(got[0], " echo waited for") || !slices.Equal(got[1:], want) {
		t.Errorf("ours:\n%q\nBCC's:\n%q", got, want)
	}
}

// rows are the lines below the heading, without the times.
func rows(out string) []string {
	var rows []string
	for line := range strings.Lines(out) {
		if at, rest, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " "); ok && at != "TIME" {
			rows = append(rows, rest)
		}
	}
	return rows
}
