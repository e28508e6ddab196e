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

func stack(names ...string) stacks.Stack {
	var all stacks.Stack
	for _, name := range names {
		all = append(all, &bccgo.Frame{Symbol: bccgo.Symbol{Name: name}})
	}
	return all
}

// Text reads from the waker inwards, and from where the thread waited outwards; a
// folded line has the waker upside down on the thread.
func TestLayout(t *testing.T) {
	woken := &stacks.Sample{Comm: "shop", PID: 1, TID: 2, Kernel: stack("schedule", "ksys_read"), User: stack("take_order", "main"), Count: 7,
		Waker: &stacks.Waker{Comm: "guest", PID: 1, TID: 3, Kernel: stack("try_to_wake_up", "ksys_write"), User: stack("order", "guest")}}
	ran := &stacks.Sample{Comm: "shop", PID: 1, TID: 2, User: stack("chop", "main"), Count: 5}
	for _, test := range []struct {
		s            *stacks.Sample
		v            stacktool.View
		text, folded string
	}{
		{woken, stacktool.View{Delimited: true},
			"    waker:           guest 3\n    guest\n    order\n    -\n    ksys_write\n    try_to_wake_up\n    --               --\n" +
				"    schedule\n    ksys_read\n    -\n    take_order\n    main\n    target:          shop 2\n",
			"shop;main;take_order;-;ksys_read;schedule;--;try_to_wake_up;ksys_write;-;order;guest;guest 7\n"},
		{ran, stacktool.View{Delimited: true},
			"    waker:            0\n    --               --\n    chop\n    main\n    target:          shop 2\n", "shop;main;chop;--; 5\n"},
	} {
		if got := text(&test.v, test.s); got != test.text {
			t.Errorf("got\n%swant\n%s", got, test.text)
		}
		if got := folded(&test.v, test.s); got != test.folded {
			t.Errorf("got %q, want %q", got, test.folded)
		}
	}
}

// Bad input is refused before anything is compiled.
func TestBadInput(t *testing.T) {
	for want, args := range map[string][]string{
		"duration 0: want a number of seconds above 0":         {"0"},
		"more than one flag says which threads":                {"-p", "1", "-t", "1"},
		`--tid 1,x: "x" is no number of a thread`:              {"-t", "1,x"},
		"threads of the kernel's own have no stacks":           {"-k", "-U"},
		"--hash-storage-size 0: want a number from 1":          {"--hash-storage-size", "0"},
		"--min-block-time and --max-block-time: want a number": {"-m", "0"},
		"--state -1: want a number of 32 bits":                 {"--state", "-1"},
	} {
		tooltest.Refused(t, tool(), want, args...)
	}
}
