package main

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// Without a filter all processes are seen, those that start later too; BCC's own
// tool shows the same. The two cannot run at a time: BCC's names a semaphore with
// its uprobes, a random one, and the kernel wants all uprobes of a place to name
// the same.
func TestVMSideBySide(t *testing.T) {
	side := tooltest.SideBySide(t)
	path := buildResolver(t)
	before := startResolver(t, path)
	theirs := tooltest.StartTheirs(t, "gethostlatency", "LATms HOST")
	theirSession := lookUp(t, path, before)
	want := rows(tooltest.StopTheirs(t, theirs))
	ours := tooltest.Start(t, "gethostlatency")
	ourSession := lookUp(t, path, before)
	got := rows(tooltest.Stop(t, ours).Stdout)
	if !slices.Equal(got, ourSession) || !slices.Equal(want, theirSession) {
		t.Errorf("ours:\n%s\nBCC's:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	side.Lines("look-ups", tooltest.Behind(1, got), tooltest.Behind(1, want))
}

// lookUp has a resolver that runs, one that starts and another program look up
// names. It returns the rows of these calls, sorted.
func lookUp(t *testing.T, path string, before *resolver) []string {
	t.Helper()
	var made []string
	later := startResolver(t, path)
	for _, r := range []*resolver{before, later} {
		r.ask("getaddrinfo localhost", "gethostbyname slow.test", "gethostbyname2 missing.test", "both slow.test localhost")
		for _, host := range []string{"localhost", "slow.test", "missing.test", "slow.test", "localhost"} {
			made = append(made, fmt.Sprintf("%d resolver %s", r.Pid(), host))
		}
	}
	getent := exec.Command("getent", "ahosts", "127.0.0.1")
	if out, err := getent.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	made = append(made, fmt.Sprintf("%d getent 127.0.0.1", getent.Process.Pid))
	slices.Sort(made)
	time.Sleep(testenv.Timeout(time.Second))
	return made
}

// rows are the lines below the heading as process, name and host, sorted: BCC's
// tool does not keep the order of processors.
func rows(out string) []string {
	var rows []string
	for line := range strings.Lines(out) {
		if f := strings.Fields(line); len(f) == 5 && f[0] != "TIME" {
			rows = append(rows, strings.Join([]string{f[1], f[2], f[4]}, " "))
		}
	}
	slices.Sort(rows)
	return rows
}
