package main

import (
	"testing"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/stacks"
	"github.com/bccgo/bcc/tools/internal/stacktool"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// Text reads from the thread that slept to the one that woke it, a folded line from
// the one that woke.
func TestLayout(t *testing.T) {
	frame := func(addr uint64, name string) *bccgo.Frame {
		return &bccgo.Frame{Addr: addr, Symbol: bccgo.Symbol{Name: name}}
	}
	s := &stacks.Sample{Comm: "vmstat", Count: 7, Waker: &stacks.Waker{Comm: "swapper/1", Kernel: stacks.Stack{
		frame(0xffffffff810a3c20, "try_to_wake_up"), frame(0xffffffff810df082, "hrtimer_wakeup")}}}
	v := &stacktool.View{Form: stacks.Form{Address: true}}
	const wantText = "    target:          vmstat\n    ffffffff810a3c20 try_to_wake_up\n    ffffffff810df082 hrtimer_wakeup\n    waker:           swapper/1\n"
	if got := text(v, s); got != wantText {
		t.Errorf("got\n%swant\n%s", got, wantText)
	}
	const wantFolded = "swapper/1;hrtimer_wakeup;try_to_wake_up;vmstat 7\n"
	if got := folded(v, s); got != wantFolded {
		t.Errorf("got %q, want %q", got, wantFolded)
	}
}

// Bad input is refused before anything is compiled.
func TestBadInput(t *testing.T) {
	for want, args := range map[string][]string{
		"duration -1: want a number of seconds above 0":        {"--", "-1"},
		"more than one flag says which threads":                {"-p", "1", "-u"},
		"--pid 4194305: there is no such process":              {"-p", "4194305"},
		"--stack-storage-size 0: want a number from 1":         {"--stack-storage-size", "0"},
		"--min-block-time and --max-block-time: want a number": {"-M", "0"},
		"flag provided but not defined: -K":                    {"-K"},
	} {
		tooltest.Refused(t, tool(), want, args...)
	}
}
