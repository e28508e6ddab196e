package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func comm(s string) (c bccgo.Comm) {
	copy(c[:], s)
	return c
}

func printed(t *testing.T, o *options, asJSON bool, events ...event) string {
	t.Helper()
	return tooltest.Printed(t, toolkit.Common{JSON: asJSON}, func(s *toolkit.Session) error {
		p := &printer{options: o, s: s}
		return tooltest.Feed(events, p.heading, p.record, func() error { return nil })
	})
}

func TestRows(t *testing.T) {
	ev := event{Time: bccgo.MonotonicTime(), WaitNs: 12345678, PID: 7, TID: 8, PrevTID: 4194303, Comm: comm("make"), PrevComm: comm("a\nb")}
	now := bccgo.KtimeToTime(ev.Time).Format(time.TimeOnly)
	for _, test := range []struct {
		name string
		o    options
		want string
	}{
		{"plain", options{}, "TIME     COMM             TID           LAT(us)\n" + now + " make             8               12345\n"},
		{"previous", options{previous: true}, "TIME     COMM             TID           LAT(us) PREV COMM        PREV TID\n" +
			now + ` make             8               12345 a\nb             4194303` + "\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := printed(t, &test.o, false, ev); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(printed(t, &options{}, true, ev)), &got); err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]any{"comm": "make", "pid": 7.0, "tid": 8.0, "latency_us": 12345.0, "prev_comm": "a\nb", "prev_tid": 4194303.0} {
		if got[field] != want {
			t.Errorf("%s: got %v, want %v", field, got[field], want)
		}
	}
	if _, err := time.Parse(time.RFC3339Nano, got["time"].(string)); err != nil {
		t.Error(err)
	}
}

func TestRefused(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"x"}, `min_us "x": want a number of microseconds`},
		{[]string{"--", "-1"}, `min_us "-1": want a number`},
		{[]string{"9223372036854775807"}, "want a number of microseconds"},
		{[]string{"1", "2"}, `unexpected argument "2"`},
		{[]string{"-p", "1", "-t", "1"}, "--pid and --tid: give one of them"},
		{[]string{"-p", "4194305"}, "--pid 4194305: there is no such process"},
		{[]string{"-t", "-5"}, "--tid -5: there is no such thread"},
		{[]string{"-p", "x"}, `invalid value "x" for flag -p`},
	} {
		tooltest.Refused(t, tool(), test.want, test.args...)
	}
}
