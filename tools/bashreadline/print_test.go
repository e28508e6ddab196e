package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// records are what the program sends for a line.
func records(ktime uint64, text string) []event {
	ev := event{Time: ktime, PID: 2679, UID: 103, Comm: bccgo.Comm{'b', 'a', 's', 'h'}}
	var out []event
	for rest := text; ev.Last == 0; ev.Index++ {
		piece := rest[:min(len(rest), textSize-1)]
		rest = rest[len(piece):]
		ev.Size, ev.Text = int32(len(piece)+1), [textSize]byte{}
		copy(ev.Text[:], piece)
		if ev.Size < textSize || ev.Index == pieces-1 {
			ev.Last = 1
		}
		out = append(out, ev)
	}
	return out
}

// printed is what the tool makes of records.
func printed(t *testing.T, asJSON bool, recs []event) string {
	t.Helper()
	return tooltest.Printed(t, toolkit.Common{JSON: asJSON}, func(s *toolkit.Session) error {
		p := &printer{s: s}
		return tooltest.Feed(recs, p.heading, p.record, p.finish)
	})
}

func TestRows(t *testing.T) {
	const at = uint64(5e9)
	long := strings.Repeat("0123456789", 70)
	longest := strings.Repeat("x", pieces*(textSize-1)-1)
	unreadable := records(at, "")
	unreadable[0].Size = -14
	holed := records(at, long)
	holed = append(holed[:1:1], holed[2:]...)
	mixed := append(records(at, long)[:1:1], records(at+1, "another")...)
	mixed = append(mixed, records(at, long)[1:]...)
	for _, test := range []struct {
		name string
		recs []event
		want []string
	}{
		{"plain", records(at, "ls -l"), []string{"ls -l"}},
		{"empty", records(at, ""), []string{""}},
		{"escapes", records(at, "a\tb\nc\x1b[m"), []string{`a\tb\nc\x1b[m`}},
		{"long", records(at, long), []string{long}},
		{"a piece's length", records(at, long[:textSize-1]), []string{long[:textSize-1]}},
		{"longest", records(at, longest), []string{longest}},
		{"too long", records(at, longest+"yz"), []string{longest + "y..."}},
		{"at once", mixed, []string{"another", long}},
		{"unreadable", unreadable, []string{"<unreadable>"}},
		{"end lost", records(at, long)[:1], []string{long[:255] + "<lost>"}},
		{"middle lost", holed, []string{long[:255] + long[510:] + "<lost>"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := "TIME      PID     COMMAND\n"
			for _, w := range test.want {
				want += fmt.Sprintf("%-9s 2679    %s\n", bccgo.KtimeToTime(at).Format(time.TimeOnly), w)
			}
			if got := printed(t, false, test.recs); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	var got map[string]any
	if err := json.Unmarshal([]byte(printed(t, true, records(5e9, "a <b\t\\c"))), &got); err != nil {
		t.Fatal(err)
	}
	if _, err := time.Parse(time.RFC3339Nano, got["time"].(string)); err != nil {
		t.Error(err)
	}
	delete(got, "time")
	text, err := json.Marshal(got)
	if want := `{"comm":"bash","command":"a \u003cb\t\\c","pid":2679,"uid":103}`; err != nil || string(text) != want {
		t.Errorf("got  %s, %v\nwant %s", text, err, want)
	}
}

// Mistakes are found before anything is compiled.
func TestBadUsage(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-p", "x"}, "invalid value"},
		{[]string{"-p", "-5"}, "--pid -5: "},
		{[]string{"-p", "4194305"}, "--pid 4194305: there is no such process"},
		{[]string{"-p", fmt.Sprint(os.Getpid())}, "has no function readline and is linked to no libreadline: name the file"},
		{[]string{"-s", "/no/such/file"}, "--shared: "},
		{[]string{"-s"}, "--shared: "},
		{[]string{"--shared", "c"}, "has no function readline"},
		{[]string{"/lib/libreadline.so"}, "unexpected argument"},
		{[]string{"-d", "-1"}, "--duration"},
	} {
		tooltest.Refused(t, tool(), test.want, test.args...)
	}
	// Debian has no /lib/libreadline.so, which is meant by -s alone.
	if _, _, stderr := tooltest.Execute(tool(), "-s"); !strings.Contains(stderr, sharedDefault) {
		t.Error(stderr)
	}
}

func TestHelp(t *testing.T) {
	code, stdout, _ := tooltest.Execute(tool(), "--help")
	for _, want := range []string{"--shared PATH, -s PATH", "--pid PID, -p PID", "--json", "--duration SECONDS, -d SECONDS", "--stats", "-p 1234 "} {
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("no %q: %d, %s", want, code, stdout)
		}
	}
}
