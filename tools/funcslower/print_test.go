package main

import (
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// Bad input is refused before anything is compiled.
func TestBadInput(t *testing.T) {
	for args, want := range map[string]string{
		"":                     "no function: ",
		"-u 1 -m 1 c:read":     "--min-ms and --min-us: give one of them",
		"-u -1 c:read":         "--min-us -1: want a number that is not below 0",
		"-m NaN c:read":        "--min-ms NaN: want a number that is not below 0",
		"-m 1e300 c:read":      "--min-ms 1e300: want a number that is not below 0",
		"-a 7 c:read":          "--arguments 7: want 0 to 6",
		"-a -1 c:read":         "--arguments -1: want 0 to 6",
		"-Tt c:read":           "--time and --timestamp: give one of them",
		"-f c:read":            "--folded prints stacks: add --user-stack, --kernel-stack or both",
		"-p 4194305 c:read":    "--pid 4194305: there is no such process",
		"c:read c:raed":        "did you mean ",
		"c:read+0x4":           "it is the whole function that is traced: leave out the offset\n    c:read+0x4\n      ^~~~~~~~\n",
		"t:sched:sched_switch": "this kind of probe cannot be traced here: want [p::]FUNCTION or [p:]LIBRARY:FUNCTION\n",
		"r:c:read":             "this kind of probe cannot be traced here: ",
		"c:*":                  " functions match, and at most 1000 are probed at a time: ",
		"no-such-library:read": "no directory of PATH has a program of that name",
		"--no c:read":          "flag provided but not defined: -no",
	} {
		code, out, errs := tooltest.Execute(tool(), strings.Fields(args)...)
		if code != 1 || out != "" || !strings.HasPrefix(errs, "funcslower: ") || !strings.Contains(errs, want) {
			t.Errorf("%s: got %d, %s%s", args, code, out, errs)
		}
	}
	tooltest.Refused(t, tool(), "257 functions: name 256 at most", strings.Fields(strings.Repeat("c:read ", 257))...)
}

// slow are calls of the kernel's read and the C library's.
func slow() []event {
	return []event{
		{Time: 5e9, Took: 12345678, Place: 0, Ret: ^uint64(0), User: 2, PID: 12, TID: 13,
			Comm: bccgo.Comm{'a', '\t', 'n', 'a', 'm', 'e', ' ', 'o', 'f', ' ', '1', '5'}, Args: [6]uint64{3, 0xffff}},
		{Time: 6500000000, Took: 1e9, Place: 1 << 32, PID: 12, TID: 12, Comm: bccgo.Comm{'b'}},
	}
}

func print(t *testing.T, o *options, common toolkit.Common) string {
	t.Helper()
	f, err := findFunctions([]string{"c:read", "c:write"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	return tooltest.Printed(t, common, func(s *toolkit.Session) error {
		p := &printer{options: o, s: s, f: f, frames: func(key uint64, pid int) ([]bccgo.Frame, error) {
			if key != 2 || pid != 12 {
				t.Errorf("asked for stack %d of %d", key, pid)
			}
			return []bccgo.Frame{{Symbol: bccgo.Symbol{Name: "copy"}}, {}}, nil
		}}
		return tooltest.Feed(slow(), func() error { return nil }, p.record, func() error { return nil })
	})
}

func TestPrint(t *testing.T) {
	for want, o := range map[string]*options{
		`a\tname of 15  12       12.35 ffffffffffffffff c:read
    c:read
    copy
    [unknown]
b              12     1000.00                0 c:write
`: {},
		`0.000000   a\tname of 15  12     12345.68 ffffffffffffffff c:read 0x3 0xffff
    c:read
    copy
    [unknown]
1.500000   b              12     1000000.00                0 c:write 0x0 0x0
`: {timestamp: true, us: "1", arguments: 2},
		"a\\tname of 15;[unknown];copy;c:read 1\nb 1\n": {folded: true},
	} {
		if got := print(t, o, toolkit.Common{}); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

func TestJSON(t *testing.T) {
	got := calls(t, print(t, &options{arguments: 2}, toolkit.Common{JSON: true}))
	if len(got) != 2 {
		t.Fatalf("got %+v", got)
	}
	if !got[0].Time.Equal(bccgo.KtimeToTime(5e9)) || got[1].Time.Sub(got[0].Time) != 1500*time.Millisecond {
		t.Errorf("got the times %v and %v", got[0].Time, got[1].Time)
	}
	if first := got[0]; first.PID != 12 || first.TID != 13 || first.Comm != "a\tname of 15" || first.Latency != 12345678 ||
		first.Returned != 1<<64-1 || first.Function != "c:read" || len(first.Arguments) != 2 || first.Arguments[1] != 0xffff ||
		first.Kernel != nil || strings.Join(first.User, " ") != "c:read copy [unknown]" {
		t.Errorf("got %+v", first)
	}
	if got[1].Kernel != nil || got[1].User != nil {
		t.Errorf("stacks of nothing: %+v", got[1])
	}
}
