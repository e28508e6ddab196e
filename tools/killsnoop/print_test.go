package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/snoop"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func comm(s string) (c bccgo.Comm) {
	copy(c[:], s)
	return c
}

func TestPrint(t *testing.T) {
	who := snoop.Who{Time: bccgo.MonotonicTime(), PID: 181, TID: 182, UID: 7, Comm: comm("a\nb")}
	events := []event{
		{who, call{Target: 42, Sig: 9}},
		{who, call{Target: -42, Sig: 64, Ret: -3}},
		{who, call{Thread: 43, Sig: 15}},
		{who, call{Target: 42, Thread: 43, Sig: 0}},
	}
	at := bccgo.KtimeToTime(who.Time)
	clock, rfc := at.Format("15:04:05"), at.Format(time.RFC3339Nano)
	head := `{"time":"` + rfc + `","pid":181,"tid":182,"uid":7,"comm":"a\nb",`
	for _, test := range []struct {
		name string
		json bool
		want string
	}{
		{"text", false, strings.ReplaceAll(`TIME      PID      COMM             SIG  TPID     RESULT
CLOCK  181      a\nb             9    42       0
CLOCK  181      a\nb             64   -42      -3
CLOCK  181      a\nb             15   43       0
CLOCK  181      a\nb             0    42       0
`, "CLOCK", clock)},
		{"JSON", true, head + `"signal":9,"name":"SIGKILL","tpid":42,"result":0}` + "\n" +
			head + `"signal":64,"tpid":-42,"result":-3}` + "\n" +
			head + `"signal":15,"name":"SIGTERM","tpid":0,"ttid":43,"result":0}` + "\n" +
			head + `"signal":0,"tpid":42,"ttid":43,"result":0}` + "\n"},
	} {
		got := tooltest.Printed(t, toolkit.Common{JSON: test.json}, func(s *toolkit.Session) error {
			p := &printer{s, 8}
			return tooltest.Feed(events, p.heading, p.record, func() error { return nil })
		})
		if got != test.want {
			t.Errorf("%s: got\n%swant\n%s", test.name, got, test.want)
		}
	}
}

func TestSignals(t *testing.T) {
	for list, want := range map[string]string{
		"9": "[200 0]", "0": "[1 0]", "64": "[0 1]", "TERM,sigkill, 1": "[8202 0]", "SIGHUP": "[2 0]",
	} {
		bits, err := parseSignals(list)
		if got := fmt.Sprintf("%x", bits); got != want || err != nil {
			t.Errorf("%s: got %s, %v, want %s", list, got, err, want)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-s", "65"}, `--signal "65": want a number from 0 to 64`},
		{[]string{"-s", "9,"}, `--signal ""`},
		{[]string{"-s", "FOO"}, `--signal "FOO"`},
		{[]string{"-T", "x"}, `--tpid "x": want a process id`},
		{[]string{"-p", "4194305"}, "--pid 4194305: there is no such process"},
		{[]string{"-p", "-1"}, "-p"},
		{[]string{"--probes", "x"}, `--probes "x"`},
		{[]string{"9"}, `unexpected argument "9"`},
	} {
		tooltest.Refused(t, tool(), test.want, test.args...)
	}
}
