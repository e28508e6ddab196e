package main

import (
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

// Of threads that are gone, no names are known.
func TestPrint(t *testing.T) {
	who := snoop.Who{Time: bccgo.MonotonicTime(), PID: 4194305, TID: 4194306}
	copy(who.Comm[:], "a\x1bb")
	events := []event{
		{Who: who, Action: 0, Sock: 3, Count: 2, FDs: [maxFDs]int32{0, 12, 13}},
		{Who: who, Action: 1, Sock: 4, Count: 1, FDs: [maxFDs]int32{5}},
	}
	head := `{"time":"` + bccgo.KtimeToTime(who.Time).Format(time.RFC3339Nano) + `","pid":4194305,"tid":4194306,"uid":0,"comm":"a\u001bb",`
	for _, test := range []struct {
		name string
		o    snoop.Calls
		json bool
		want string
	}{
		{"plain", snoop.Calls{}, false, `ACTION TID    COMM             SOCKET                    FD    NAME
SEND   4194306 a\x1bb           3:N/A                     0     N/A
SEND   4194306 a\x1bb           3:N/A                     12    N/A
RECV   4194306 a\x1bb           4:N/A                     5     N/A
`},
		{"time", snoop.Calls{Timestamp: true, Name: "b"}, false, `TIME(s)       ACTION TID    COMM             SOCKET                    FD    NAME
0.000000000   SEND   4194306 a\x1bb           3:N/A                     0     N/A
0.000000000   SEND   4194306 a\x1bb           3:N/A                     12    N/A
0.000000000   RECV   4194306 a\x1bb           4:N/A                     5     N/A
`},
		{"another name", snoop.Calls{Name: "c"}, false, "ACTION TID    COMM             SOCKET                    FD    NAME\n"},
		{"JSON", snoop.Calls{}, true, head + `"action":"SEND","sock":3,"fd":0}` + "\n" +
			head + `"action":"SEND","sock":3,"fd":12}` + "\n" + head + `"action":"RECV","sock":4,"fd":5}` + "\n"},
	} {
		got := tooltest.Printed(t, toolkit.Common{JSON: test.json}, func(s *toolkit.Session) error {
			p := &printer{Calls: &test.o, s: s}
			return tooltest.Feed(events, p.heading, p.record, func() error { return nil })
		})
		if got != test.want {
			t.Errorf("%s: got\n%swant\n%s", test.name, got, test.want)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"-p 4194305", "--pid 4194305: there is no such process"},
		{"-t 4194305", "--tid 4194305: there is no such thread"},
		{"-p x", "-p"},
		{"-d -1", "--duration -1"},
		{"--probes x", `--probes "x"`},
		{"1", `unexpected argument "1"`},
	} {
		tooltest.Refused(t, tool(), test.want, strings.Fields(test.args)...)
	}
}
