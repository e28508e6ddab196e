package main

import (
	"os"
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
			p := tooltest.Start(t, "shmsnoop", "--probes", kind)
			_, want := activity(t)
			check(t, tooltest.Stop(t, p).Stdout, os.Getpid(), want)
		})
	}
}

// BCC's own tool shows the same.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	theirs := tooltest.StartTheirs(t, "shmsnoop", "ARGs")
	ours := tooltest.Start(t, "shmsnoop")
	_, made := activity(t)
	time.Sleep(testenv.Timeout(time.Second))
	got, want := rows(tooltest.Stop(t, ours).Stdout, os.Getpid()), rows(tooltest.StopTheirs(t, theirs), os.Getpid())
	if len(want) != len(made) {
		t.Errorf("BCC's shows %q of %q", want, made)
	}
	c.Lines("calls", got, want)
}
