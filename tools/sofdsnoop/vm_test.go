package main

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// Without a filter, and by kprobes, all is seen as well.
func TestVMKprobes(t *testing.T) {
	testenv.VM(t)
	p := startPasser(t)
	tool := tooltest.Start(t, "sofdsnoop", "--json", "--probes", "kprobe")
	want := p.pass()
	check(t, p.seen(tooltest.Stop(t, tool).Stdout), want)
}

// BCC's own tool does not start here: its text does not compile with this kernel's
// headers. Should it do so one day, there is something to compare.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	p := startPasser(t)
	ours := tooltest.Start(t, "sofdsnoop")
	want := p.pass()
	check(t, p.rows(tooltest.Stop(t, ours).Stdout), want)
	path, err := exec.LookPath("sofdsnoop-bpfcc")
	if err != nil {
		t.Fatal(err)
	}
	theirs := testenv.Run(t, 5*time.Minute, "/usr/bin/python3", path, "-d", "1")
	if theirs.ExitCode == 0 || !strings.Contains(theirs.Stderr, "Failed to compile BPF module") {
		t.Errorf("BCC's starts: compare with it: %v", theirs)
	}
	c.Explained("all of them", "BCC's does not compile with this kernel's headers (the macro min)")
}
