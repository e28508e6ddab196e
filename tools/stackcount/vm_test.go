package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// A function of the kernel has the same stacks as with BCC's own tool, as text and
// folded.
func TestVMSideBySide(t *testing.T) {
	side := tooltest.SideBySide(t)
	testenv.NeedKprobes(t)
	c := tooltest.StartCallee(t, tooltest.BuildCallee(t), testenv.StartCmd)
	pid := fmt.Sprint(c.Pid())
	const ready = "Tracing 1 functions"
	theirs := tooltest.StartTheirs(t, "stackcount", ready, "-d", "-s", "-p", pid, "do_nanosleep")
	ours := testenv.Start(t, testenv.Tool(t, "stackcount"), "-d", "-s", "-p", pid, "do_nanosleep")
	ours.Await("counting stacks of 1 ", time.Minute)
	c.Call("nap", 6)
	want, got := tooltest.StopTheirs(t, theirs), tooltest.Stop(t, ours).Stdout
	a, b := normal(got), normal(want)
	side.Lines("stacks", strings.Split(a, "\n"), strings.Split(b, "\n"))
	if !strings.HasSuffix(a, "    6\n\n") {
		t.Errorf("ours:\n%s\nBCC's:\n%s", got, want)
	}
}

// A pattern has the stacks of several functions of the kernel.
func TestVMSeveral(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	c := tooltest.StartCallee(t, tooltest.BuildCallee(t), testenv.StartCmd)
	pid := fmt.Sprint(c.Pid())
	several := tooltest.Start(t, "stackcount", "--json", "-K", "-p", pid, "*_nanosleep")
	c.Call("nap", 6)
	checkSeveral(t, records(t, tooltest.Stop(t, several).Stdout))
}

var (
	// BCC's shows bytes as Python does, and says when it begins and ends.
	pythonBytes = regexp.MustCompile(`b'([^']*)'`)
	remarks     = regexp.MustCompile(`(?m)^(Tracing|Detaching).*\n`)
	// Of several names of a function BCC's takes the first.
	internalNames = regexp.MustCompile(`__GI_+`)
	// The place of a probe at a function's entry is told as that of the next
	// instruction by some ways of probing.
	entry = regexp.MustCompile(`(?m)^  do_nanosleep\+0x\d$`)
)

// normal is the output of either tool without what has no meaning.
func normal(out string) string {
	out = remarks.ReplaceAllString(pythonBytes.ReplaceAllString(out, "$1"), "")
	return entry.ReplaceAllString(internalNames.ReplaceAllString(out, ""), "  do_nanosleep")
}

func checkSeveral(t *testing.T, all []record) {
	t.Helper()
	functions := make(map[string]uint64)
	for _, r := range all {
		functions[r.Kernel[0]] += r.Count
		if !slices.Contains(r.Kernel, "do_syscall_64") || r.User != nil {
			t.Errorf("got %+v", r)
		}
	}
	for _, name := range []string{"do_nanosleep", "hrtimer_nanosleep", "__x64_sys_clock_nanosleep"} {
		if functions[name] != 6 {
			t.Errorf("%s: %d calls, want 6", name, functions[name])
		}
	}
}
