package main

import (
	"encoding/json"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// records are what the program sends for a call: the directories from the
// innermost on, and the path.
func records(ev event, path string, dirs ...string) []event {
	var out []event
	add := func(kind uint32, text string) {
		ev.Kind, ev.Size, ev.Text = kind, int32(len(text)+1), [textSize]byte{}
		copy(ev.Text[:], text)
		out = append(out, ev)
	}
	for _, d := range dirs {
		add(textDir, d)
	}
	for len(path) > textSize-1 {
		add(textPath, path[:textSize-1])
		path = path[textSize-1:]
	}
	add(textPath, path)
	out[len(out)-1].Last = 1
	return out
}

func comm(s string) (c bccgo.Comm) {
	copy(c[:], s)
	return c
}

// printed is what a tool with these options makes of records.
func printed(t *testing.T, o *options, walks, asJSON bool, recs []event) string {
	t.Helper()
	return tooltest.Printed(t, toolkit.Common{JSON: asJSON}, func(s *toolkit.Session) error {
		p := o.printer(s, walks)
		return tooltest.Feed(recs, p.heading, p.record, p.finish)
	})
}

func TestRows(t *testing.T) {
	sed := event{Time: 5e9, PID: 2679, TID: 2680, UID: 103, Ret: 3, Dir: -100, Flags: 0o2000000, Comm: comm("sed")}
	later := sed
	later.Time, later.Ret = 5e9+1500, -2
	made := sed
	made.Flags, made.Mode = 0o1101, 0o640
	long := "/" + strings.Repeat("x", 300) + "/" + strings.Repeat("y", 300)
	head := "PID    COMM               FD ERR PATH\n"
	row := "2679   sed                 3   0 "
	cut := records(sed, "f", "sub")
	cut[1].Cut = 1
	unreadable := records(sed, "")
	unreadable[0].Size = -14
	for _, test := range []struct {
		name  string
		o     options
		walks bool
		recs  []event
		want  string
	}{
		{"plain", options{}, false, records(sed, "/etc/passwd"), head + row + "/etc/passwd\n"},
		{"failed", options{}, false, records(later, "/no"), head + "2679   sed                -1   2 /no\n"},
		{"columns", options{timestamp: true, printUID: true, extended: true}, false,
			append(records(sed, "/etc/passwd"), append(records(later, "/no"), records(made, "new")...)...),
			"TIME(s)       UID   PID    COMM               FD ERR FLAGS    MODE PATH\n" +
				"0.000000000   103   2679   sed                 3   0 02000000 n/a  /etc/passwd\n" +
				"0.000001500   103   2679   sed                -1   2 02000000 n/a  /no\n" +
				"0.000000000   103   2679   sed                 3   0 00001101 0640 new\n"},
		{"thread", options{tid: 2680}, false, records(sed, "f"),
			"TID    COMM               FD ERR PATH\n2680   sed                 3   0 f\n"},
		{"long", options{}, false, records(sed, long), head + row + long + "\n"},
		{"escapes", options{}, false, records(sed, "/a\nb"), head + row + `/a\nb` + "\n"},
		{"unreadable", options{fullPath: true}, true, unreadable, head + row + "<unreadable>\n"},
		{"full", options{fullPath: true}, true, records(sed, "../f", "sub", "home"), head + row + "/home/sub/../f\n"},
		{"full from the root", options{fullPath: true}, true, records(sed, "f"), head + row + "/f\n"},
		{"full of absolute", options{fullPath: true}, true, records(sed, "/f"), head + row + "/f\n"},
		{"full, cut", options{fullPath: true}, true, cut, head + row + ".../sub/f\n"},
		{"full, process gone", options{fullPath: true}, false,
			records(event{TID: 4294967295, Ret: 3, PID: 2679, Comm: comm("sed")}, "f"), head + row + ".../f\n"},
		{"lost", options{}, false, records(sed, long)[:1], head + row + long[:255] + "<lost>\n"},
		{"name", options{name: "ed"}, false, records(sed, "f"), head + row + "f\n"},
		{"other name", options{name: "vi"}, false, records(sed, "f"), head},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := printed(t, &test.o, test.walks, false, test.recs); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	out := printed(t, &options{fullPath: true}, true, true, records(
		event{Time: 5, PID: 1, TID: 2, UID: 3, Ret: -2, Dir: 7, Flags: 0o101, Mode: 0o600, Comm: comm("a<b")}, "f", "d"))
	var got map[string]any
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if _, err := time.Parse(time.RFC3339Nano, got["time"].(string)); err != nil {
		t.Error(err)
	}
	delete(got, "time")
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"comm":"a\u003cb","dir":7,"err":2,"fd":-1,"flags":65,"mode":384,"path":"/d/f","pid":1,"tid":2,"uid":3}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

func TestOpenFlag(t *testing.T) {
	for name, want := range map[string]uint32{
		"O_WRONLY": 1, "O_RDWR": 2, "O_CREAT": syscall.O_CREAT, "O_TMPFILE": 0x400000 | syscall.O_DIRECTORY,
	} {
		if got, err := openFlag(name); got != want || err != nil {
			t.Errorf("%s: got %#o, %v", name, got, err)
		}
	}
	for name, want := range map[string]string{"O_RDONLY": "it is no bit", "O_FOO": "want one of O_APPEND"} {
		if _, err := openFlag(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRefusedFlags(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-u", "no such user"}, "user \"no such user\": neither a number nor a name"},
		{[]string{"-b", "3"}, "--buffer-pages 3: must be a power of two"},
		{[]string{"-b", "0"}, "--buffer-pages 0: must be a power of two"},
		{[]string{"-f", "O_FOO"}, "--flag_filter \"O_FOO\""},
		{[]string{"--exec"}, "--exec: no command after it"},
		{[]string{"-p", "1", "--exec", "true"}, "--exec traces its own command"},
		{[]string{"--exec", "/no/such/program"}, "--exec: "},
	} {
		tooltest.Refused(t, tool(), test.want, test.args...)
	}
}
