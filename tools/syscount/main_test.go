package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// printed is what a tool with these options makes of totals.
func printed(t *testing.T, o *options, asJSON, last bool, totals map[key]total) string {
	t.Helper()
	return tooltest.Printed(t, toolkit.Common{JSON: asJSON}, func(s *toolkit.Session) error {
		p := &printer{options: o, s: s, next: func() (map[key]total, error) { return totals, nil }}
		return p.report(now, last)
	})
}

func calls() map[key]total {
	return map[key]total{
		{ID: 0}: {Count: 30, Ns: 1500}, {ID: 1}: {Count: 20, Ns: 2500000}, {ID: 3, Compat: 1}: {Count: 7, Ns: 5},
		{ID: -1}: {Count: 2}, {ID: 4000}: {Count: 1, Ns: 1},
	}
}

func TestRows(t *testing.T) {
	testOnX86(t)
	gone := total{Count: 9, Ns: 1000}
	copy(gone.Comm[:], "was\tthere")
	for _, test := range []struct {
		name   string
		o      options
		totals map[key]total
		want   string
	}{
		{"counts", options{top: 10}, calls(), "SYSCALL                   COUNT\nread                         30\nwrite                        20\n" +
			"[32-bit: 3]                   7\n[unknown: -1]                 2\n[unknown: 4000]               1\n"},
		{"top", options{top: 1}, calls(), "SYSCALL                   COUNT\nread                         30\n"},
		{"times", options{top: 2, latency: true}, calls(), "SYSCALL                   COUNT        TIME (us)\n" +
			"write                        20         2500.000\nread                         30            1.500\n"},
		{"milliseconds", options{top: 1, latency: true, milliseconds: true}, calls(), "SYSCALL                   COUNT        TIME (ms)\n" +
			"write                        20         2.500000\n"},
		{"processes", options{top: 10, process: true}, map[key]total{{ID: 4194305}: gone},
			"PID    COMM               COUNT\n4194305 was\\tthere             9\n"},
		{"nothing", options{top: 10}, nil, "SYSCALL                   COUNT\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := printed(t, &test.o, false, false, test.totals); got != "[03:04:05]\n"+test.want+"\n" {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
	if got := printed(t, &options{top: 1, interval: time.Second}, false, true, nil); got != "" {
		t.Errorf("at an end without calls: %q", got)
	}
}

// testOnX86 leaves out a test that knows numbers of calls.
func testOnX86(t *testing.T) {
	t.Helper()
	if names := callNames(); names[0] != "read" {
		t.Skip("numbers of calls are those of x86-64")
	}
}

func TestJSON(t *testing.T) {
	testOnX86(t)
	for _, test := range []struct {
		o    options
		want string
	}{
		{options{top: 3}, `[{"time":"T","syscall":"read","number":0,"count":30},{"time":"T","syscall":"write","number":1,"count":20},` +
			`{"time":"T","syscall":"[32-bit: 3]","number":3,"32_bit":true,"count":7}]`},
		{options{top: 1, latency: true}, `[{"time":"T","syscall":"write","number":1,"count":20,"total_ns":2500000}]`},
	} {
		out := printed(t, &test.o, true, false, calls())
		got := "[" + strings.ReplaceAll(strings.TrimSpace(out), "\n", ",") + "]"
		if got = strings.ReplaceAll(got, "2026-01-02T03:04:05Z", "T"); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func TestList(t *testing.T) {
	code, out, errs := tooltest.Execute(tool(), "-l")
	names := strings.Fields(out)
	if code != 0 || errs != "" || len(names) != len(callNames()) || len(names) < 300 {
		t.Errorf("%d, %d names, %q", code, len(names), errs)
	}
	for i, name := range names[1:] {
		if name <= names[i] {
			t.Errorf("%s comes after %s", name, names[i])
		}
	}
	code, out, _ = tooltest.Execute(tool(), "-l", "--json")
	var list []string
	if err := json.Unmarshal([]byte(out), &list); code != 0 || err != nil || len(list) != len(names) {
		t.Errorf("%d, %v, %d names", code, err, len(list))
	}
}

func TestErrorNumber(t *testing.T) {
	for text, want := range map[string]uint32{"": 0, "EPERM": 1, "2": 2, "-2": 2, "ENOENT": 2, "512": 512} {
		if got, err := errorNumber(text); got != want || err != nil {
			t.Errorf("%q: got %d, %v", text, got, err)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-i", "0"}, "--interval 0: want a number of seconds above 0"},
		{[]string{"-i", "x"}, "--interval x: want a number"},
		{[]string{"-T", "0"}, "--top 0: want a number above 0"},
		{[]string{"-e", "ENOSUCH"}, `--errno "ENOSUCH": want an error's number or its name`},
		{[]string{"-e", "0"}, `--errno "0": want an error's number`},
		{[]string{"--syscall", "no"}, `--syscall "no": there is no such call here; --list shows all`},
		{[]string{"-p", "4194305"}, "--pid 4194305: there is no such process"},
		{[]string{"-t", "4194305"}, "--tid 4194305: there is no such thread"},
		{[]string{"-c", "4194305"}, "--ppid 4194305: there is no such process"},
		{[]string{"-p", "1", "-t", "1"}, "--pid and --tid: give one of them"},
		{[]string{"x"}, `unexpected argument "x"`},
		{[]string{"-d", "x"}, fmt.Sprintf("invalid value %q for flag -d", "x")},
	} {
		tooltest.Refused(t, tool(), test.want, test.args...)
	}
}
