package main

import (
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// Without a filter, and by kprobes, all is seen as well.
func TestVMKprobes(t *testing.T) {
	testenv.VM(t)
	p := tooltest.Start(t, "solisten", "--show-netns", "--probes", "kprobe")
	want, _ := activity(t)
	check(t, rows(tooltest.Stop(t, p).Stdout), want)
}

// BCC's own tool shows the same of sockets that were bound before.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	theirs := tooltest.StartTheirs(t, "solisten", "PID .* ADDR", "--show-netns")
	ours := tooltest.Start(t, "solisten", "--show-netns")
	made, _ := activity(t)
	time.Sleep(testenv.Timeout(time.Second))
	got, want := rows(tooltest.Stop(t, ours).Stdout), rows(tooltest.StopTheirs(t, theirs))
	check(t, got, made)
	if len(want) != len(made) {
		t.Fatalf("BCC's shows %q of %q", want, made)
	}
	c.Lines("sockets with addresses", got[:2], want[:2])
	if f := strings.Fields(want[2]); f[5] != "0" {
		t.Errorf("BCC's shows port %s of a socket that was not bound", f[5])
	}
	c.Explained("PORT", "BCC's looks before the kernel chooses a port for sockets that have none")
}
