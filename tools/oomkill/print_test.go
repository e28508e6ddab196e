package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

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

// printed is what the tool makes of three kills: of all, nothing but the victim, and
// only its number known.
func printed(t *testing.T, asJSON bool) (string, snoop.Who) {
	t.Helper()
	who := snoop.Who{Time: bccgo.MonotonicTime(), PID: 181, TID: 182, UID: 3, Comm: comm("a\nb")}
	events := []event{
		{Who: who, Pages: 5120, Victim: 42, VictimComm: comm("ta\til")},
		{Who: who, Victim: uint32(os.Getpid())},
		{Who: who, Victim: 4194305},
	}
	return tooltest.Printed(t, toolkit.Common{JSON: asJSON}, func(s *toolkit.Session) error {
		p := &printer{s}
		return tooltest.Feed(events, func() error { return nil }, p.record, func() error { return nil })
	}), who
}

func TestText(t *testing.T) {
	out, who := printed(t, false)
	self := toolkit.Comm(uint32(os.Getpid()))
	out = regexp.MustCompile(`loadavg: (\d+\.\d\d ){3}\d+/\d+ \d+\n`).ReplaceAllString(out, "loadavg: LOAD\n")
	out = regexp.MustCompile(`OOM kill of PID \d+ \("`+regexp.QuoteMeta(self)).ReplaceAllString(out, `OOM kill of PID SELF ("SELF`)
	want := strings.ReplaceAll(`CLOCK Triggered by PID 181 ("a\nb"), OOM kill of PID 42 ("ta\til"), 5120 pages, loadavg: LOAD
CLOCK Triggered by PID 181 ("a\nb"), OOM kill of PID SELF ("SELF"), unknown pages, loadavg: LOAD
CLOCK Triggered by PID 181 ("a\nb"), OOM kill of PID 4194305 ("?"), unknown pages, loadavg: LOAD
`, "CLOCK", bccgo.KtimeToTime(who.Time).Local().Format("15:04:05"))
	if out != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
}

func TestJSON(t *testing.T) {
	out, who := printed(t, true)
	var got []map[string]any
	for line := range strings.Lines(out) {
		var k map[string]any
		if err := json.Unmarshal([]byte(line), &k); err != nil {
			t.Fatal(err)
		}
		if k["loadavg"] == "" || !strings.HasPrefix(k["time"].(string), bccgo.KtimeToTime(who.Time).Format("2006-01-02T15:04:05")) {
			t.Errorf("got %v", k)
		}
		delete(k, "loadavg")
		delete(k, "time")
		got = append(got, k)
	}
	text, err := json.Marshal(got[0])
	if want := `{"comm":"a\nb","pages":5120,"pid":181,"tid":182,"uid":3,"victim":42,"victim_comm":"ta\til"}`; err != nil || string(text) != want || len(got) != 3 {
		t.Errorf("got %s, %v, want %s", text, err, want)
	}
	if _, named := got[2]["victim_comm"]; named || got[2]["pages"] != nil {
		t.Errorf("got %v of a process that is gone", got[2])
	}
}

func TestRefused(t *testing.T) {
	tooltest.Refused(t, tool(), `--probes "x"`, "--probes", "x")
	tooltest.Refused(t, tool(), "--duration -1", "-d", "-1")
	tooltest.Refused(t, tool(), `unexpected argument "1"`, "1")
}
