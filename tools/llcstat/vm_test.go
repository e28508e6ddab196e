package main

import (
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// In a virtual machine there is nothing to count: both tools say so.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	if noCounters(t) == nil {
		t.Skip("this machine has counters")
	}
	theirs := testenv.Run(t, 3*time.Minute, "/usr/bin/python3", "-u", "/usr/sbin/llcstat-bpfcc", "1")
	ours := testenv.Run(t, time.Minute, testenv.Tool(t, "llcstat"), "1")
	if !strings.Contains(theirs.Stdout+theirs.Stderr, "Failed to attach to a hardware event") || theirs.ExitCode != 0 {
		t.Errorf("BCC's: %v", theirs)
	}
	if ours.ExitCode != 1 || ours.Stdout != "" || !strings.Contains(ours.Stderr, "does not count this") {
		t.Errorf("ours: %v", ours)
	}
	c.Explained("exit status", "without counters BCC's tool ends with 0, ours with 1 and what the kernel said; "+
		"what is counted could not be compared on a virtual machine, see TestLiveSamples")
}
