package main

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// counted are the times of two functions.
func counted() map[string]*times {
	read, write := make([]uint64, slots), make([]uint64, slots)
	read[3], write[1], write[2] = 4, 1, 1
	return map[string]*times{
		"read":  {total{4, 5 * 4 * 1000}, read},
		"write": {total{2, 3500}, write},
	}
}

const report = `
21:30:05

Function = read
     usecs               : count     distribution
         0 -> 1          : 0        |                                        |
         2 -> 3          : 0        |                                        |
         4 -> 7          : 4        |****************************************|

Function = write
     usecs               : count     distribution
         0 -> 1          : 1        |****************************************|
         2 -> 3          : 1        |****************************************|

avg = 3 usecs, total: 23 usecs, count: 6
`

// print prints what was counted with the tool's output.
func print(t *testing.T, o *options, found map[string]*times, flags ...string) string {
	t.Helper()
	now := time.Date(2026, 11, 22, 21, 30, 5, 0, time.UTC)
	tool := &toolkit.Tool{Name: "funclatency", Run: func(_ context.Context, s *toolkit.Session) error {
		p := &printer{options: o, s: s}
		if s.JSON {
			return p.json(found, now)
		}
		text, err := p.text(found, now)
		if err != nil {
			return err
		}
		return s.Out.Printf("%s", text)
	}}
	var out, errs bytes.Buffer
	if code := tool.Execute(t.Context(), append([]string{"funclatency"}, flags...), &out, &errs); code != 0 || errs.Len() > 0 {
		t.Fatalf("%d: %s", code, &errs)
	}
	return out.String()
}

func TestPrint(t *testing.T) {
	if got := print(t, &options{byFunction: true, timestamp: true, inMicroseconds: true}, counted()); got != report {
		t.Errorf("got\n%s\nwant\n%s", got, report)
	}
	one := map[string]*times{"": counted()["read"]}
	const want = `
     nsecs               : count     distribution
         0 -> 1          : 0        |                                        |
         2 -> 3          : 0        |                                        |
         4 -> 7          : 4        |****************************************|

avg = 5000 nsecs, total: 20000 nsecs, count: 4
`
	if got := print(t, &options{}, one); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := print(t, &options{}, nil); got != "\n" {
		t.Errorf("of nothing: %q", got)
	}
}

func TestJSON(t *testing.T) {
	got := print(t, &options{byFunction: true, inMicroseconds: true}, counted(), "--json")
	const want = `{"time":"2026-11-22T21:30:05Z","function":"read","unit":"usecs","avg":5,"total":20,"count":4,"data":[` +
		`{"interval-start":0,"interval-end":1,"count":0},{"interval-start":2,"interval-end":3,"count":0},{"interval-start":4,"interval-end":7,"count":4}]}` + "\n" +
		`{"time":"2026-11-22T21:30:05Z","function":"write","unit":"usecs","avg":1,"total":3,"count":2,"data":[` +
		`{"interval-start":0,"interval-end":1,"count":1},{"interval-start":2,"interval-end":3,"count":1}]}` + "\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for line := range strings.Lines(got) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
	}
}

// Bad input is refused before anything is compiled.
func TestBadInput(t *testing.T) {
	for args, want := range map[string]string{
		"":                     "no pattern: ",
		"-um c:read":           "--microseconds and --milliseconds: give one of them",
		"-l 0 c:read":          "--level 0: want 1 to 128",
		"-l 129 c:read":        "--level 129: want 1 to 128",
		"-i 0 c:read":          "--interval 0: want a number of seconds above 0",
		"-p 4194305 c:read":    "--pid 4194305: there is no such process",
		"c:raed":               "did you mean ",
		"c:read+0x4":           "it is the whole function that is traced: leave out the offset\n    c:read+0x4\n      ^~~~~~~~\n",
		"t:sched:sched_switch": "this kind of probe cannot be traced here: want [p::]FUNCTION or [p:]LIBRARY:FUNCTION\n",
		"u:c:setjmp":           "this kind of probe cannot be traced here: ",
		"r:c:read":             "this kind of probe cannot be traced here: ",
		"c:*":                  " functions match, and at most 1000 are probed at a time: ",
		"-r c:rea(d":           "missing closing )",
		"no-such-library:read": "no directory of PATH has a program of that name",
		"c:read 1":             `unexpected argument "1"`,
		"c:no_such_function_*": "no function of ",
		"-d x c:read":          "invalid value",
	} {
		var out, errs bytes.Buffer
		code := tool().Execute(t.Context(), append([]string{"funclatency"}, strings.Fields(args)...), &out, &errs)
		if code != 1 || out.Len() > 0 || !strings.HasPrefix(errs.String(), "funclatency: ") || !strings.Contains(errs.String(), want) {
			t.Errorf("%s: got %d, %s%s", args, code, &out, &errs)
		}
	}
}

func TestUnit(t *testing.T) {
	for label, o := range map[string]*options{"nsecs": {}, "usecs": {inMicroseconds: true}, "msecs": {inMilliseconds: true}} {
		unit, got := o.unit()
		if i := slices.Index([]string{"nsecs", "usecs", "msecs"}, label); got != label || unit != []time.Duration{1, 1000, 1000000}[i] {
			t.Errorf("%s: got %v, %s", label, unit, got)
		}
	}
}
