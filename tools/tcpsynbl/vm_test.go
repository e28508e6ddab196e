package main

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// ours leaves out the queues of others, which have other limits.
func ours(stdout string) string {
	var lines []string
	for line := range strings.Lines(sections(stdout)) {
		for _, limit := range []string{"2 :", "6 :", "9 :"} {
			if strings.HasPrefix(line, "backlog_max = "+limit) {
				lines = append(lines, strings.TrimSpace(line))
			}
		}
	}
	return strings.Join(lines, "\n")
}

// Without a filter all is seen, by functions and by the tracepoint.
func TestVM(t *testing.T) {
	testenv.VM(t)
	first, second := tooltest.HostPair(t)
	want := map[*testenv.Proc]string{
		tooltest.Start(t, "tcpsynbl"):                           limit2 + "\n" + limit6 + "\n" + limit9,
		tooltest.Start(t, "tcpsynbl", "-6"):                     limit9,
		tooltest.Start(t, "tcpsynbl", "--probes", "tracepoint"): limit2 + "\n" + limit6 + "\n" + limit9,
	}
	activity(t, first, second)
	for p, w := range want {
		if r := tooltest.StopNow(t, p); ours(r.Stdout) != w {
			t.Errorf("got %v\nwant %s", r, w)
		}
	}
}

func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	first, second := tooltest.HostPair(t)
	theirs := tooltest.StartTheirs(t, "tcpsynbl", "Tracing")
	p := tooltest.Start(t, "tcpsynbl")
	fill(t, first, "10.9.0.2", queue(t, second, unix.AF_INET, 6), 7)
	fill(t, first, "fd09::2", queue(t, second, unix.AF_INET6, 9), 10)
	fill(t, first, "10.9.0.2", queue(t, second, unix.AF_INET6, 2), 3)
	got, want := tooltest.StopNow(t, p).Stdout, tooltest.StopTheirs(t, theirs)
	bare := func(lines string) []string { return strings.Split(strings.Replace(lines, limit2+"\n", "", 1), "\n") }
	const twice = "backlog_max = 2 : 4 2"
	if !strings.Contains(got, "backlog_max = 2\n") || !strings.Contains(sections(want), twice) {
		t.Errorf("ours:\n%s\nBCC's:\n%s", got, want)
	}
	c.Lines("histograms", bare(ours(got)), bare(strings.Replace(ours(want), twice, limit2, 1)))
	c.Explained("count", "BCC's counts IPv4 to sockets of IPv6 twice, as one of its functions calls the other")
}
