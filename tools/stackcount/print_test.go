package main

import (
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/stacks"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func frame(addr uint64, name string, offset uint64) *bccgo.Frame {
	return &bccgo.Frame{Addr: addr, Symbol: bccgo.Symbol{Name: name, Offset: offset}}
}

// seen are two stacks that look the same without addresses, and another one.
func seen() []stacks.Sample {
	kernel := stacks.Stack{frame(0xffffffff81000001, "submit_bio", 1), frame(0xffffffff81000020, "submit_bh", 0x10)}
	return []stacks.Sample{
		{Comm: "x", PID: 7, Kernel: kernel, User: stacks.Stack{frame(0x7f0000001010, "fsync", 0x10)}, Count: 5},
		{Comm: "x", PID: 7, Kernel: kernel, User: stacks.Stack{frame(0x7f0000001020, "fsync", 0x20)}, Count: 2},
		{Comm: "a\nb", PID: 8, User: stacks.Stack{frame(0x10, "", 0)}, Count: 6},
	}
}

func print(t *testing.T, o *options, common toolkit.Common) string {
	t.Helper()
	now := time.Date(2026, 11, 22, 21, 30, 5, 0, time.UTC)
	return tooltest.Printed(t, common, func(s *toolkit.Session) error {
		return (&printer{options: o, s: s}).print(seen(), now)
	})
}

// The most frequent stack comes last.
func TestText(t *testing.T) {
	for want, o := range map[string]*options{
		"\n  [unknown]\n    a\\nb [8]\n    6\n\n  submit_bio\n  submit_bh\n  fsync\n    x [7]\n    7\n\n": {},
		"\n21:30:05\n  submit_bio+0x1\n  submit_bh+0x10\n    --\n  fsync+0x20\n    x [7]\n    2\n\n" +
			"  submit_bio+0x1\n  submit_bh+0x10\n    --\n  fsync+0x10\n    x [7]\n    5\n\n  [unknown]\n    a\\nb [8]\n    6\n\n": {timestamp: true, offset: true, delimited: true},
		"a\\nb;[unknown] 6\nx;fsync;submit_bh;submit_bio 7\n":   {isFolded: true},
		"a\\nb;[unknown] 6\nx;fsync;-;submit_bh;submit_bio 7\n": {isFolded: true, delimited: true},
	} {
		if got := print(t, o, toolkit.Common{}); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	const addresses = "\n  ffffffff81000001 submit_bio\n  ffffffff81000020 submit_bh\n  7f0000001020     fsync\n    x [7]\n    2\n\n"
	if got := print(t, &options{}, toolkit.Common{Verbose: true}); !strings.HasPrefix(got, addresses) {
		t.Errorf("got\n%s\nwant\n%s", got, addresses)
	}
}

func TestJSON(t *testing.T) {
	const want = `{"time":"2026-11-22T21:30:05Z","count":6,"comm":"a\nb","pid":8,"user_stack":["[unknown]"]}
{"time":"2026-11-22T21:30:05Z","count":7,"comm":"x","pid":7,"kernel_stack":["submit_bio","submit_bh"],"user_stack":["fsync"]}
`
	if got := print(t, &options{}, toolkit.Common{JSON: true}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Bad input is refused before anything is compiled.
func TestBadInput(t *testing.T) {
	for args, want := range map[string]string{
		"":                      "no pattern: ",
		"-K -U c:malloc":        "--kernel-stacks-only and --user-stacks-only: give one of them",
		"-K c:malloc":           "--kernel-stacks-only: what runs in user space has no stack in the kernel",
		"-i 0 c:malloc":         "--interval 0: want a number of seconds above 0",
		"-D -1 c:malloc":        "--duration -1: cannot be less than 0",
		"-D x c:malloc":         "invalid value",
		"-c 4096 c:malloc":      "--cpu 4096: this machine has the processors ",
		"-p 4194305 c:malloc":   "--pid 4194305: there is no such process",
		"c:mallok":              "did you mean ",
		"r:c:malloc":            "this kind of probe cannot be traced here: ",
		"c:*":                   " functions match, and at most 1000 are probed at a time: ",
		"-r c:mal(loc":          "missing closing )",
		"u:c:no_such_probe":     "no_such_probe",
		"c:malloc c:free":       `unexpected argument "c:free"`,
		"no-such-library:write": "no directory of PATH has a program of that name",
	} {
		code, out, errs := tooltest.Execute(tool(), strings.Fields(args)...)
		if code != 1 || out != "" || !strings.HasPrefix(errs, "stackcount: ") || !strings.Contains(errs, want) {
			t.Errorf("%s: got %d, %s%s", args, code, out, errs)
		}
	}
}
