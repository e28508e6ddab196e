package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

// Without a filter all processes are seen, those that start later too; BCC's own
// tool shows the same.
func TestVMSideBySide(t *testing.T) {
	testenv.VM(t)
	theirTool, err := exec.LookPath("gethostlatency-bpfcc")
	if err != nil {
		t.Fatal(err)
	}
	path := buildResolver(t)
	before := startResolver(t, path)
	theirs := testenv.Start(t, "/usr/bin/python3", "-u", theirTool)
	theirs.Await("LATms HOST", 3*time.Minute)
	ours := startTool(t)
	later := startResolver(t, path)
	calls := []string{"getaddrinfo localhost", "gethostbyname slow.test", "gethostbyname2 missing.test", "both slow.test localhost"}
	before.ask(calls...)
	later.ask(calls...)
	getent := exec.Command("getent", "ahosts", "127.0.0.1")
	if out, err := getent.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	time.Sleep(testenv.Timeout(time.Second))
	theirs.Signal(os.Interrupt)
	got := rows(stop(t, ours).Stdout)
	want := rows(theirs.Wait(time.Minute).Stdout)
	named := fmt.Sprintf("%d getent 127.0.0.1", getent.Process.Pid)
	if len(got) < 11 || !slices.Contains(got, named) || !slices.Equal(got, want) {
		t.Errorf("ours:\n%s\nBCC's:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
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
