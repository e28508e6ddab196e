package main

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) {
	help()
	testenv.Main(m)
}

// records are what the program sends for a call.
func records(ev event, args ...string) []event {
	var out []event
	if ev.Dir == 0 {
		ev.Dir = -100 // AT_FDCWD
	}
	ev.Args = uint32(len(args))
	for i, arg := range args {
		ev.Index, ev.Size = uint32(i), int32(min(len(arg)+1, argSize))
		ev.Text = [argSize]byte{}
		copy(ev.Text[:argSize-1], arg)
		out = append(out, ev)
	}
	return out
}

func comm(s string) (c bccgo.Comm) {
	copy(c[:], s)
	return c
}

// printed is what a tool with these options makes of records.
func printed(t *testing.T, o *options, asJSON bool, recs []event) string {
	t.Helper()
	return tooltest.Printed(t, toolkit.Common{JSON: asJSON}, func(s *toolkit.Session) error {
		p := o.printer(s)
		if len(recs) > 0 {
			p.begin = bccgo.KtimeToTime(recs[0].Time).Add(-1500 * time.Millisecond)
		}
		return tooltest.Feed(recs, p.heading, p.record, p.finish)
	})
}

func TestRows(t *testing.T) {
	ls := event{Time: 1, Task: 1, PID: 18049, PPID: 1045, UID: 1000, CPU: 3, Comm: comm("ls"), PComm: comm("bash")}
	failed := ls
	failed.Ret = -2
	more := ls
	more.More = 1
	unknown := ls
	unknown.PID, unknown.PPID, unknown.PComm = 4294967295, 0, bccgo.Comm{}
	by5 := ls
	by5.Dir = 5
	head := "COMM             PID     PPID    RET ARGS\n"
	for _, test := range []struct {
		name string
		o    options
		recs []event
		want string
	}{
		{"plain", options{}, records(ls, "/bin/ls", "-l", "a b"), head +
			"ls               18049   1045      0 /bin/ls -l a b\n"},
		{"failed", options{}, records(failed, "/bin/no"), head +
			"ls               18049   1045     -2 /bin/no\n"},
		{"columns", options{timestamp: true, printUID: true, printCPU: true, printPComm: true}, records(ls, "/bin/ls"),
			"TIME(s) UID   CPU PCOMM            " + head +
				"1.500   1000  3   bash             ls               18049   1045      0 /bin/ls\n"},
		{"unknown parent", options{printPComm: true}, records(unknown, "/bin/ls"), "PCOMM            " + head +
			"?                ls               4294967295 ?         0 /bin/ls\n"},
		{"quote", options{quote: true}, records(ls, "/bin/ls", `a"b`), head +
			`ls               18049   1045      0 "/bin/ls" "a\"b"` + "\n"},
		{"more", options{}, records(more, "/bin/ls", "x"), head +
			"ls               18049   1045      0 /bin/ls x ...\n"},
		{"127 characters", options{}, records(ls, strings.Repeat("x", 127)), head +
			"ls               18049   1045      0 " + strings.Repeat("x", 127) + "\n"},
		{"128 characters", options{}, records(ls, strings.Repeat("x", 128), "y"), head +
			"ls               18049   1045      0 " + strings.Repeat("x", 127) + "... y\n"},
		{"descriptor", options{}, records(by5, "", "x"), head +
			"ls               18049   1045      0 /dev/fd/5 x\n"},
		{"below descriptor", options{}, records(by5, "ls", "x"), head +
			"ls               18049   1045      0 /dev/fd/5/ls x\n"},
		{"below descriptor, absolute", options{}, records(by5, "/ls", "x"), head +
			"ls               18049   1045      0 /ls x\n"},
		{"escapes", options{}, records(ls, "a\nb\x1b"), head +
			`ls               18049   1045      0 a\nb\x1b` + "\n"},
		{"lost middle", options{}, slices.Delete(records(ls, "a", "b", "c"), 1, 2), head +
			"ls               18049   1045      0 a c <lost>\n"},
		{"lost end", options{}, records(ls, "a", "b", "c")[:2], head +
			"ls               18049   1045      0 a b <lost>\n"},
		{"name", options{nameRegexp: regexp.MustCompile("^l")}, records(ls, "/bin/ls"), head +
			"ls               18049   1045      0 /bin/ls\n"},
		{"other name", options{nameRegexp: regexp.MustCompile("^s")}, records(ls, "/bin/ls"), head},
		{"line", options{lineRegexp: regexp.MustCompile("ls -l$")}, records(ls, "/bin/ls", "-l"), head +
			"ls               18049   1045      0 /bin/ls -l\n"},
		{"other line", options{lineRegexp: regexp.MustCompile("ls -a")}, records(ls, "/bin/ls", "-l"), head},
		{"other parent", options{ppid: 7}, records(ls, "/bin/ls", "-l"), head},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := printed(t, &test.o, false, test.recs); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}

func TestTimeOfDay(t *testing.T) {
	got := printed(t, &options{time: true}, false, records(event{PPID: 1, Comm: comm("ls")}, "ls"))
	if !regexp.MustCompile(`^TIME     COMM .*\n\d\d:\d\d:\d\d ls   `).MatchString(got) {
		t.Errorf("got %q", got)
	}
}

func TestUnreadable(t *testing.T) {
	recs := records(event{PPID: 1, Comm: comm("ls")}, "a", "b", "c")
	recs[1].Size = -14
	if got := printed(t, &options{}, false, recs); !strings.HasSuffix(got, " a <unreadable> c\n") {
		t.Errorf("got %q", got)
	}
}

// Calls of several tasks may come mixed.
func TestMixed(t *testing.T) {
	a := records(event{Time: 1, Task: 1, PPID: 1, Comm: comm("a")}, "a", "1")
	b := records(event{Time: 1, Task: 2, PPID: 1, Comm: comm("b")}, "b", "2")
	got := printed(t, &options{}, false, []event{a[0], b[0], b[1], a[1]})
	if !strings.HasSuffix(got, " b 2\na                0       1         0 a 1\n") {
		t.Errorf("got %q", got)
	}
}

func TestJSON(t *testing.T) {
	recs := records(event{Time: 1, PID: 5, PPID: 4, UID: 3, CPU: 2, Ret: -13, More: 1, Comm: comm("sh"), PComm: comm("init")},
		"/bin/<x>", strings.Repeat("y", 130), "z")
	recs[2].Size = -14
	var got map[string]any
	if err := json.Unmarshal([]byte(printed(t, &options{}, true, recs)), &got); err != nil {
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
	want := `{"args":["/bin/\u003cx\u003e","` + strings.Repeat("y", 127) + `",""],"args_cut":[1],"args_more":true,"args_unreadable":[2],` +
		`"comm":"sh","cpu":2,"pcomm":"init","pid":5,"ppid":4,"ret":-13,"uid":3}`
	if string(text) != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

func TestRefusedFlags(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-u", "no such user"}, "user \"no such user\": neither a number nor a name"},
		{[]string{"--max-args", "0"}, "--max-args 0: must be 1 to 200"},
		{[]string{"--max-args", "201"}, "--max-args 201: must be 1 to 200"},
		{[]string{"-n", "("}, "--name: error parsing regexp"},
		{[]string{"-l", "["}, "--line: error parsing regexp"},
		{[]string{"-P", "x"}, "invalid value \"x\" for flag -P"},
	} {
		tooltest.Refused(t, tool(), test.want, test.args...)
	}
}
