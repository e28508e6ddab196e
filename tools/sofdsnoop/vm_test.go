package main

import (
	"slices"
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

// BCC's own tool shows the same of a message with one part that was sent.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	p := startPasser(t)
	theirs := tooltest.StartTheirs(t, "sofdsnoop", "NAME")
	ours := tooltest.Start(t, "sofdsnoop")
	want := p.pass()
	time.Sleep(testenv.Timeout(time.Second))
	got, shown := p.rows(tooltest.Stop(t, ours).Stdout), p.rows(tooltest.StopTheirs(t, theirs))
	check(t, got, want)
	c.Lines("the first message", first(got), first(shown))
	if n := received(shown); n > 0 {
		t.Errorf("BCC's shows %d received ones", n)
	}
	c.Explained("ACTION", "BCC's reads what was received as if it were in the kernel's memory, and so does not show it")
	c.Explained("FD", "BCC's looks at the first part of a message only, and shows what could not be sent")
}

// first are the descriptors of the first message, in order.
func first(rows []string) []string {
	sent := slices.DeleteFunc(slices.Clone(rows), func(r string) bool { return !strings.HasPrefix(r, "SEND ") })
	return sent[:min(2, len(sent))]
}

func received(rows []string) (n int) {
	for _, r := range rows {
		if strings.HasPrefix(r, "RECV ") {
			n++
		}
	}
	return n
}
