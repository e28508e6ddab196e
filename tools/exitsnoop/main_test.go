package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/sched"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) {
	help()
	testenv.Main(m)
}

func printed(t *testing.T, o *options, asJSON bool, events ...event) string {
	t.Helper()
	return tooltest.Printed(t, toolkit.Common{JSON: asJSON}, func(s *toolkit.Session) error {
		p := &printer{options: o, s: s, end: func() {}}
		return tooltest.Feed(events, p.heading, p.record, func() error { return nil })
	})
}

func sample(code uint32) event {
	ev := event{Time: bccgo.MonotonicTime(), PID: 70, TID: 71, PPID: 1, Code: code}
	ev.Start = ev.Time - 1234567890
	copy(ev.Comm[:], "make")
	return ev
}

func TestRows(t *testing.T) {
	head := "PCOMM            PID     PPID    TID     AGE(s)  EXIT_CODE\n"
	row := "make             70      1       71      1.23    "
	for _, test := range []struct {
		name string
		o    options
		code uint32
		want string
	}{
		{"well", options{}, 0, head + row + "0\n"},
		{"well, not wanted", options{failed: true}, 0, head},
		{"code", options{failed: true}, 0xff00, head + row + "code 255\n"},
		{"signal", options{}, 15, head + row + "signal 15 (TERM)\n"},
		{"core", options{}, 0x80 | 6, head + row + "signal 6 (ABRT), core dumped\n"},
		{"first real-time signal", options{}, 34, head + row + "signal 34 (RTMIN)\n"},
		{"other real-time signal", options{}, 37, head + row + "signal 37 (RTMIN+3)\n"},
		{"last real-time signal", options{}, 64, head + row + "signal 64 (RTMAX)\n"},
		{"no signal's name", options{}, 33, head + row + "signal 33 (unknown)\n"},
		{"label", options{label: label{"l", true}}, 0, "LABEL " + head + "l     " + row + "0\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := printed(t, &test.o, false, sample(test.code)); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}

func TestTime(t *testing.T) {
	ev := sample(0)
	at := bccgo.KtimeToTime(ev.Time)
	for _, test := range []struct {
		o    options
		zone string
		at   time.Time
	}{
		{options{timestamp: true}, at.Format("MST"), at},
		{options{utc: true}, "UTC", at.UTC()},
	} {
		got := printed(t, &test.o, false, ev)
		head := "TIME-" + test.zone
		for len(head) < 13 {
			head += " "
		}
		want := head + "PCOMM            PID     PPID    TID     AGE(s)  EXIT_CODE\n" +
			test.at.Format("15:04:05.000") + " make             70      1       71      1.23    0\n"
		if got[:len(head)] != want[:len(head)] || got[len(want)-50:] != want[len(want)-50:] {
			t.Errorf("got\n%swant\n%s", got, want)
		}
	}
}

func TestJSON(t *testing.T) {
	out := printed(t, &options{label: label{"l", true}}, true, sample(0x80|11), sample(0x0300))
	dec := json.NewDecoder(strings.NewReader(out))
	for _, want := range []map[string]any{
		{"label": "l", "comm": "make", "pid": 70.0, "ppid": 1.0, "tid": 71.0, "age_s": 1.23456789, "exit_code": 0.0, "signal": 11.0, "signal_name": "SEGV", "core_dumped": true},
		{"exit_code": 3.0, "signal": 0.0, "signal_name": nil, "core_dumped": nil},
	} {
		var got map[string]any
		if err := dec.Decode(&got); err != nil {
			t.Fatal(err)
		}
		for field, value := range want {
			if got[field] != value {
				t.Errorf("%s: got %v, want %v", field, got[field], value)
			}
		}
	}
}

func TestLabel(t *testing.T) {
	var l label
	if l.given || l.Set("") != nil || !l.given || l.text != "exit" || l.Set("x") != nil || l.text != "x" {
		t.Errorf("got %+v", l)
	}
}

func TestRefused(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-p", "4194305"}, "--pid 4194305: there is no such process"},
		{[]string{"-p", "-1"}, "--pid -1: there is no such process"},
		{[]string{"-p", "x"}, `invalid value "x" for flag -p`},
		{[]string{"x"}, `unexpected argument "x"`},
		{[]string{"-d", "-1"}, "--duration -1: cannot be less than 0"},
	} {
		tooltest.Refused(t, tool(), test.want, test.args...)
	}
}

// The tool does not guess where another kernel keeps things.
func TestRefusedHeaders(t *testing.T) {
	t.Setenv("BCCGO_HEADERS", tooltest.OtherHeaders(t))
	if os.Geteuid() == 0 {
		tooltest.Refused(t, tool(), (&sched.HeadersNeededError{What: "how a process ended"}).Error())
	}
}
