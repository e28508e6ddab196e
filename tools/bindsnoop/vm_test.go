package main

import (
	"fmt"
	"os"
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
	p := tooltest.Start(t, "bindsnoop", "-E", "--probes", "kprobe")
	want := activity(t)
	check(t, rows(tooltest.Stop(t, p).Stdout, 0), want)
}

// BCC's own tool shows the same of what was bound to an address of this machine.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	theirs := tooltest.StartTheirs(t, "bindsnoop", "PID .* IF", "-w")
	ours := tooltest.Start(t, "bindsnoop", "-w")
	made := successes(activity(t))
	time.Sleep(testenv.Timeout(time.Second))
	got, want := rows(tooltest.Stop(t, ours).Stdout, 0), rows(tooltest.StopTheirs(t, theirs), 0)
	check(t, got, made)
	const group = "224.0.0.251"
	c.Lines("binds", without(got, group), sortedLike(without(got, group), without(want, group)))
	if !slices.Contains(want, strings.Replace(line(got, group), group, "0.0.0.0", 1)) {
		t.Errorf("BCC's shows %q", want)
	}
	c.Explained("ADDR", "of a socket bound to a group, BCC's shows the address that it sends from, which is none")
	c.Explained("RC", "of a call that fails, BCC's shows the address of the socket, which is none, and not the one that was asked for")
}

func without(lines []string, text string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return strings.Contains(l, text) || strings.Contains(l, " UDP 0.0.0.0 ") })
}

func line(lines []string, text string) string {
	i := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, text) })
	if i < 0 {
		return fmt.Sprintf("nothing of %s by %d", text, os.Getpid())
	}
	return lines[i]
}

// sortedLike brings lines into the order of others, as far as they are the same: BCC's
// tool has a buffer for each version of IP.
func sortedLike(like, lines []string) []string {
	out := slices.Clone(lines)
	place := func(l string) int { return slices.Index(like, l) }
	slices.SortStableFunc(out, func(a, b string) int { return place(a) - place(b) })
	return out
}
