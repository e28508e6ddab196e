package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

const ended = uint64(5e9)

func newEvent(function uint32, ret int32, host string) event {
	ev := event{Time: ended, Delta: 12345678, PID: 181, TID: 182, UID: 103, Function: function, Ret: ret, Size: int32(len(host) + 1)}
	copy(ev.Comm[:], "ping")
	copy(ev.Host[:], host)
	return ev
}

// printed is what the tool makes of events.
func printed(t *testing.T, o *options, common toolkit.Common, events ...event) string {
	t.Helper()
	return tooltest.Printed(t, common, func(s *toolkit.Session) error {
		p := &printer{options: o, s: s}
		return tooltest.Feed(events, p.heading, p.record, func() error { p.finish(); return nil })
	})
}

func TestRows(t *testing.T) {
	at := bccgo.KtimeToTime(ended).Format(time.TimeOnly)
	head := "TIME      PID     COMM                  LATms HOST\n"
	row := at + "  181     ping                  12.35 "
	found, failed := newEvent(0, 0, "example.org"), newEvent(0, -3, "no.example.org")
	long := newEvent(1, 0, strings.Repeat("x", hostSize-1))
	cut := long
	cut.Cut = 1
	unreadable := newEvent(2, -1, "")
	unreadable.Size = -14
	slow := found
	slow.Delta = 61234567890
	extended := "TIME      PID     COMM                  LATms FUNCTION       ERROR          HOST\n"
	for _, test := range []struct {
		name   string
		o      options
		events []event
		want   string
	}{
		{"plain", options{}, []event{found, failed}, head + row + "example.org\n" + row + "no.example.org\n"},
		{"slow", options{}, []event{slow}, head + at + "  181     ping               61234.57 example.org\n"},
		{"long", options{}, []event{long}, head + row + strings.Repeat("x", 255) + "\n"},
		{"cut", options{}, []event{cut}, head + row + strings.Repeat("x", 255) + "...\n"},
		{"unreadable", options{}, []event{unreadable}, head + row + "<unreadable>\n"},
		{"escapes", options{}, []event{newEvent(0, 0, "a\nb\x1b")}, head + row + `a\nb\x1b` + "\n"},
		{"failed", options{failed: true}, []event{found, failed}, head + row + "no.example.org\n"},
		{"extended", options{extended: true}, []event{found, failed, unreadable, newEvent(0, -99, "z")}, extended +
			row + "getaddrinfo    -              example.org\n" + row + "getaddrinfo    EAI_AGAIN      no.example.org\n" +
			row + "gethostbyname2 failed         <unreadable>\n" + row + "getaddrinfo    error -99      z\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := printed(t, &test.o, toolkit.Common{}, test.events...); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	var got map[string]any
	if err := json.Unmarshal([]byte(printed(t, &options{}, toolkit.Common{JSON: true}, newEvent(0, -2, "a<b"))), &got); err != nil {
		t.Fatal(err)
	}
	if _, err := time.Parse(time.RFC3339Nano, got["time"].(string)); err != nil {
		t.Error(err)
	}
	delete(got, "time")
	text, err := json.Marshal(got)
	want := `{"comm":"ping","error":"EAI_NONAME","function":"getaddrinfo","host":"a\u003cb","latency_ns":12345678,"pid":181,"tid":182,"uid":103}`
	if err != nil || string(text) != want {
		t.Errorf("got  %s, %v\nwant %s", text, err, want)
	}
}

func TestSummary(t *testing.T) {
	p := &printer{options: &options{}}
	for i, ms := range []uint64{30, 10, 20} {
		l := &lookup{Latency: ms * 1e6}
		if i == 1 {
			l.Error = "failed"
		}
		p.add(l)
	}
	if p.count != 3 || p.failures != 1 || p.least != 10*time.Millisecond || p.longest != 30*time.Millisecond || p.sum != 60*time.Millisecond {
		t.Errorf("%+v", p)
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
		{[]string{"1234"}, "unexpected argument"},
		{[]string{"-d", "-1"}, "--duration"},
	} {
		tooltest.Refused(t, tool(), test.want, test.args...)
	}
}

// A process without C library cannot be traced, which is said: a static program
// that looks up nothing.
func TestNoLibrary(t *testing.T) {
	testenv.NeedProgram(t, "gcc")
	path := filepath.Join(t.TempDir(), "still")
	build := exec.Command("gcc", "-static", "-nostdlib", "-x", "c", "-o", path, "-")
	build.Stdin = strings.NewReader("void _start(void) { for (;;) __asm__ volatile (\"syscall\" : : \"a\"(34) : \"rcx\", \"r11\", \"memory\"); }") // pause
	if out, err := build.CombinedOutput(); err != nil {
		t.Skipf("%v: %s", err, out)
	}
	p := testenv.Start(t, path)
	code, stdout, stderr := tooltest.Execute(tool(), "-p", fmt.Sprint(p.Pid()))
	if want := fmt.Sprintf("gethostlatency: --pid %d: it has no C library ", p.Pid()); code != 1 || stdout != "" || !strings.HasPrefix(stderr, want) {
		t.Errorf("%d, %q, %q", code, stdout, stderr)
	}
}

func TestIsC(t *testing.T) {
	for name, want := range map[string]bool{
		"libc.so.6": true, "libc-2.31.so": true, "ld-musl-x86_64.so.1": true, "libc.musl-x86_64.so.1": true,
		"libcrypto.so.3": false, "libcap.so.2": false, "[heap]": false,
	} {
		if got := isC(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestHelp(t *testing.T) {
	code, stdout, _ := tooltest.Execute(tool(), "--help")
	for _, want := range []string{"--pid PID, -p PID", "--failed, -x", "--extended, -e", "--json", "--duration SECONDS, -d SECONDS", "--stats", "-p 1234 "} {
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("no %q: %d, %s", want, code, stdout)
		}
	}
}
