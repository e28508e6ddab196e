package stacktool

import (
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/stacks"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func stack(addr uint64, names ...string) stacks.Stack {
	var all stacks.Stack
	for i, name := range names {
		all = append(all, &bccgo.Frame{Addr: addr + uint64(i), Symbol: bccgo.Symbol{Name: name, Offset: 1}})
	}
	return all
}

// seen are samples of two threads that look the same but for their numbers, and of
// an idle one.
func seen() []stacks.Sample {
	const kernel, user = 0xffffffff81000000, 0x401000
	return []stacks.Sample{
		{Comm: "x", PID: 7, TID: 8, Kernel: stack(kernel, "schedule", "do_nanosleep"), User: stack(user, "rest", "main"), Count: 5},
		{Comm: "x", PID: 7, TID: 9, Kernel: stack(kernel, "schedule", "do_nanosleep"), User: stack(user, "rest", "main"), Count: 4},
		{Comm: "swapper\n0", Kernel: stack(kernel, "do_idle"), Count: 2},
	}
}

var layout = Layout{Text: ThreadText, Folded: ThreadFolded, Record: WaitedRecord}

// Each form has what BCC's has; folded lines are not told apart by threads.
func TestPrint(t *testing.T) {
	now := time.Date(2026, 11, 22, 21, 30, 5, 0, time.UTC)
	const idle = "\n    do_idle\n    -                swapper\\n0 (0)\n        2\n\n"
	for want, test := range map[string]struct {
		v      View
		common toolkit.Common
	}{
		idle + "    schedule\n    do_nanosleep\n    rest\n    main\n    -                x (9)\n        4\n\n" +
			"    schedule\n    do_nanosleep\n    rest\n    main\n    -                x (8)\n        5\n\n": {},
		"\n    do_idle+0x1\n    -                swapper\\n0 (0)\n        2\n\n" +
			"    schedule+0x1\n    do_nanosleep+0x1\n    --\n    rest+0x1\n    main+0x1\n    -                x (9)\n        4\n\n" +
			"    schedule+0x1\n    do_nanosleep+0x1\n    --\n    rest+0x1\n    main+0x1\n    -                x (8)\n        5\n\n": {
			v: View{Delimited: true, Form: stacks.Form{Offset: true}}},
		"swapper\\n0;do_idle_[k] 2\nx;main;rest;-;do_nanosleep_[k];schedule_[k] 9\n": {v: View{Folded: true, Delimited: true, Form: stacks.Form{Marked: true}}},
		`{"time":"2026-11-22T21:30:05Z","us":2,"comm":"swapper\n0","kernel_stack":["do_idle"]}
{"time":"2026-11-22T21:30:05Z","us":4,"comm":"x","pid":7,"tid":9,"kernel_stack":["schedule","do_nanosleep"],"user_stack":["rest","main"]}
{"time":"2026-11-22T21:30:05Z","us":5,"comm":"x","pid":7,"tid":8,"kernel_stack":["schedule","do_nanosleep"],"user_stack":["rest","main"]}
`: {v: View{Folded: true}, common: toolkit.Common{JSON: true}},
	} {
		tracing := &Tracing{View: &test.v, Layout: layout}
		got := tooltest.Printed(t, test.common, func(s *toolkit.Session) error { return tracing.print(s, seen(), now) })
		if got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

// A line for flame graphs begins with a name in which nothing can end it.
func TestChain(t *testing.T) {
	const want = "a\\nb;c:d;e 7\n"
	if got := Chain(7, []string{"a\nb"}, nil, []string{"c;d", "e"}); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What is followed is said in a few words.
func TestThreadsText(t *testing.T) {
	for want, threads := range map[string]*Threads{
		"all threads": {}, "PID 1,2": {pids: "1,2"}, "TID 3": {tids: "3"}, "user threads": {user: true}, "kernel threads": {kernel: true},
	} {
		if got := threads.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
