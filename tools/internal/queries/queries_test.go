package queries

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestReadArgs(t *testing.T) {
	for _, test := range []struct {
		engine string
		args   []string
		given  []int
		want   Choice
		bad    string
	}{
		{"", []string{"postgres"}, nil, Choice{Engine: "postgres"}, ""},
		{"", []string{"322", "mysql", "4"}, []int{188}, Choice{Engine: "mysql", PIDs: []int{188, 322, 4}}, ""},
		{"", []string{"mysql", "4"}, nil, Choice{}, `unexpected argument "4"`},
		{"", nil, []int{3}, Choice{}, "which engine"},
		{"", []string{"mysql"}, make([]int, 1025), Choice{}, "at most 1024"},
	} {
		c := Choice{Engine: test.engine}
		err := c.ReadArgs(test.args, test.given)
		if test.bad != "" {
			if err == nil || !strings.Contains(err.Error(), test.bad) {
				t.Errorf("%q: %v", test.args, err)
			}
			continue
		}
		if err != nil || c.Engine != test.want.Engine || !slices.Equal(c.PIDs, test.want.PIDs) {
			t.Errorf("%q: got %+v, %v", test.args, c, err)
		}
	}
}

// Servers are found by their names; two processes of one file are one.
func TestRunning(t *testing.T) {
	proc, exe := t.TempDir(), filepath.Join(t.TempDir(), "server")
	write := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(exe, "one")
	write(exe+"2", "two")
	for pid, p := range map[string][2]string{
		"10": {"postgres", exe}, "11": {"postgres", exe}, "12": {"postgres", exe + "2"}, "13": {"postgres", exe + "-gone"},
		"14": {"bash", "/bin/sh"}, "self": {"postgres", "/bin/sh"},
	} {
		write(filepath.Join(proc, pid, "comm"), p[0]+"\n")
		if err := os.Symlink(p[1], filepath.Join(proc, pid, "exe")); err != nil {
			t.Fatal(err)
		}
	}
	got, err := (&Choice{Engine: "postgres"}).running(proc)
	want := []toolkit.Program{{Name: exe, Path: proc + "/10/exe"}, {Name: exe + "2", Path: proc + "/12/exe"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if _, err := (&Choice{Engine: "mysql"}).running(proc); err == nil || !strings.Contains(err.Error(), "no process called mysqld or mariadbd") {
		t.Error(err)
	}
}

// The function is found by the name that a C++ compiler gives it.
func TestDispatch(t *testing.T) {
	for enter, flags := range map[string][]string{"enter_data": {"-DDATA"}, "enter_packet": nil} {
		exe := tooltest.BuildMysqld(t, flags...)
		got, err := dispatch(toolkit.Program{Name: exe, Path: exe})
		if err != nil || got.enter != enter || !strings.HasPrefix(got.symbol, "_Z16dispatch_command") {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dispatch(toolkit.Program{Name: self, Path: self}); err == nil || !strings.Contains(err.Error(), "has no function dispatch_command") {
		t.Error(err)
	}
}

// What compilers make of the declarations of MySQL 5.5, 5.6, 5.7 and 8.0, and of
// MariaDB.
func TestDispatchNames(t *testing.T) {
	for name, want := range map[string][2]bool{
		"_Z16dispatch_commandP3THDPK8COM_DATA19enum_server_command": {true, false},
		"_Z16dispatch_commandP3THDP8COM_DATA19enum_server_command":  {true, false},
		"_Z16dispatch_command19enum_server_commandP3THDPcj":         {false, true},
		"_Z16dispatch_command19enum_server_commandP3THDPcjbb":       {false, true},
		"_Z16dispatch_command19enum_server_commandP3THDPcjb":        {false, true},
		"_Z19dispatch_command_bis19enum_server_commandP3THDPcj":     {false, false},
		"_Z16dispatch_commandP3THDPcj":                              {false, false},
	} {
		if got := [2]bool{takesData.MatchString(name), takesPacket.MatchString(name)}; got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestRows(t *testing.T) {
	const start, end = uint64(5e9), uint64(5e9 + 1234567890)
	at := bccgo.KtimeToTime(end).Format(time.RFC3339Nano)
	ev := func(size int32, cut uint32) Event {
		return Event{Time: end, Delta: 34567890, PID: 181, TID: 182, Size: size, Cut: cut}
	}
	for _, test := range []struct {
		event Event
		text  string
		row   string
		json  string
	}{
		{ev(8, 0), "select 1", "select 1", `"query":"select 1"`},
		{ev(0, 0), "", "", `"query":""`},
		{ev(8, 1), "a\nb\t\x1bé<", `a\nb\t\x1bé<...`, `"query":"a\nb\t\u001bé<","query_cut":true`},
		{ev(-14, 0), "left", "<unreadable>", `"query":"","query_unreadable":true`},
	} {
		for common, want := range map[toolkit.Common]string{
			{}:           "TIME(s)        PID           MS QUERY\n1.200000       181       34.568 " + test.row + "\n",
			{JSON: true}: `{"time":"` + at + `","pid":181,"tid":182,"latency_ns":34567890,` + test.json + "}\n",
		} {
			got := tooltest.Printed(t, common, func(s *toolkit.Session) error {
				p := NewPrinter(s, start)
				record := func(ev *Event) error { return p.Record(ev, []byte(test.text+"padding")) }
				return tooltest.Feed([]Event{test.event}, p.Heading, record, p.Finish)
			})
			if common.JSON { // the clocks may have moved against each other
				got, want = got[strings.Index(got, `,"pid"`):], want[strings.Index(want, `,"pid"`):]
			}
			if got != want {
				t.Errorf("got  %swant %s", got, want)
			}
		}
	}
}

func TestThreshold(t *testing.T) {
	if got, err := Threshold(1.5); got != 1500*time.Microsecond || err != nil {
		t.Error(got, err)
	}
	if _, err := Threshold(1e300); err == nil {
		t.Error("a threshold of ages is taken")
	}
}
