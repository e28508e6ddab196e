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

// Without a filter, by either kind of probe, all is seen.
func TestVMProbes(t *testing.T) {
	testenv.VM(t)
	for _, kind := range []string{"tracepoint", "kprobe"} {
		t.Run(kind, func(t *testing.T) {
			p := tooltest.Start(t, "killsnoop", "--json", "--threads", "--probes", kind)
			child, gone, all := activity(t)
			check(t, seen(t, tooltest.Stop(t, p).Stdout, child, gone), all)
		})
	}
}

// BCC's own tool shows the same.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	theirs := tooltest.StartTheirs(t, "killsnoop", "RESULT")
	ours := tooltest.Start(t, "killsnoop")
	child, gone, _ := activity(t)
	time.Sleep(testenv.Timeout(time.Second))
	got, want := rows(tooltest.Stop(t, ours).Stdout, child, gone), rows(tooltest.StopTheirs(t, theirs), child, gone)
	if len(want) != 6 { // without those to threads
		t.Errorf("BCC's shows %q", want)
	}
	c.Lines("signals", got, want)
	c.Explained("TIME", "when the call returned, and not when the line was printed")
}

// rows are the lines about signals from here to either, sorted, without their times.
func rows(out string, child, gone int) []string {
	var rows []string
	for line := range strings.Lines(out) {
		f := strings.Fields(line) // TIME PID COMM SIG TPID RESULT
		if len(f) != 6 || f[1] != fmt.Sprint(os.Getpid()) {
			continue
		}
		if target := strings.TrimPrefix(f[4], "-"); target == fmt.Sprint(child) || target == fmt.Sprint(gone) {
			rows = append(rows, strings.Join(f[1:], " "))
		}
	}
	slices.Sort(rows)
	return rows
}
