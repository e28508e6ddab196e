package main

import (
	"encoding/binary"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/probespec"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// sent is an event as the program sends it.
func sent(probe uint32, pid uint32, comm string, values ...any) bccgo.Record {
	order := binary.NativeEndian
	b := order.AppendUint64(nil, 5_000_000_000)
	b = append(b, make([]byte, 24)...)
	for _, n := range []uint32{probe, pid, pid + 1, 0} {
		b = order.AppendUint32(b, n)
	}
	b = append(b, append([]byte(comm), make([]byte, 16-len(comm))...)...)
	for _, v := range values {
		switch v := v.(type) {
		case string:
			b = append(b, append([]byte(v), make([]byte, 8-len(v))...)...)
		case int:
			b = order.AppendUint64(b, uint64(v))
		}
	}
	return bccgo.Record{CPU: 3, Data: b}
}

func probesOf(t *testing.T, texts ...string) []*probe {
	t.Helper()
	probes, err := parse(texts)
	if err != nil {
		t.Fatal(err)
	}
	set := &probespec.Set{}
	for _, p := range probes {
		p.places = set.Assume(p.spec)
	}
	return probes
}

func TestPrint(t *testing.T) {
	probes := probesOf(t, `open "%s|%-5d|%x|%c|%K", 1, 2, 3, 4, 5`, "p::close")
	events := []bccgo.Record{
		sent(0, 7, "cook", "a\nb", -5, 255, int('x'), 0),
		sent(1, 8, "other"),
		sent(0, 7, "cook", "\x00\x01", 1, 2, 10, 0),
	}
	const heading = "PID     TID     COMM            FUNC             -\n"
	first, second, third := "7       8       cook            open             a\\nb|-5   |ff|x|[unknown]\n",
		"8       9       other           close            \n", "7       8       cook            open             [unreadable]|1    |2|\\n|[unknown]\n"
	for _, test := range []struct {
		o    options
		want string
	}{
		{options{}, heading + first + second + third},
		{options{printCPU: true, timestamp: true}, "TIME     CPU " + heading + "3.000000 3   " + first + "3.000000 3   " + second + "3.000000 3   " + third},
		{options{name: "oo"}, heading + first + third},
		{options{message: "|2|"}, heading + third},
		{options{maxEvents: 1}, heading + first},
		{options{maxEvents: 1, message: "unread"}, heading + third},
		{options{aggregate: true, name: "other"}, heading + second + "-->COUNT 1\n\n"},
	} {
		test.o.stringSize = 8
		got := tooltest.Printed(t, toolkit.Common{}, func(s *toolkit.Session) error {
			p := &printer{options: &test.o, s: s, begin: 2_000_000_000, symbols: bccgo.NewSymbols(nil), counts: make(map[string]*counted)}
			return feed(p, events, probes)
		})
		if got != test.want {
			t.Errorf("%+v: got\n%s\nwant\n%s", test.o, got, test.want)
		}
	}
}

func feed(p *printer, events []bccgo.Record, probes []*probe) error {
	if err := p.heading(); err != nil {
		return err
	}
	for _, r := range events {
		if done, err := p.record(r, probes); err != nil || done {
			return err
		}
	}
	return p.finish()
}

func TestJSON(t *testing.T) {
	probes := probesOf(t, `open "%s %d", 1, 2`)
	got := tooltest.Printed(t, toolkit.Common{JSON: true}, func(s *toolkit.Session) error {
		o := &options{stringSize: 8, aggregate: true}
		p := &printer{options: o, s: s, symbols: bccgo.NewSymbols(nil), counts: make(map[string]*counted)}
		return feed(p, []bccgo.Record{sent(0, 7, "cook", "a\tb", 5), sent(0, 7, "cook", "a\tb", 5)}, probes)
	})
	const want = `{"pid":7,"tid":8,"comm":"cook","function":"open","probe":"open \"%s %d\", 1, 2","message":"a\\tb 5","values":["a\tb",5],"count":2}` + "\n"
	if got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}

// Records that do not fit are no events.
func TestDecodeErrors(t *testing.T) {
	probes := probesOf(t, `open "%d", 1`)
	whole := sent(0, 7, "cook", 5)
	for size := range len(whole.Data) {
		if _, err := decode(bccgo.Record{Data: whole.Data[:size]}, probes, 80); err == nil {
			t.Errorf("%d bytes are an event", size)
		}
	}
	if e, err := decode(whole, probes, 80); err != nil || !slices.Equal(e.values, []any{int64(5)}) {
		t.Errorf("%+v, %v", e, err)
	}
	if _, err := decode(sent(1, 7, "cook", 5), probes, 80); err == nil {
		t.Error("there is no probe 1")
	}
}

// The tool's own process is left out unless it is asked for.
func TestConfig(t *testing.T) {
	own := toolkit.KernelPID(os.Getpid())
	for o, want := range map[*options]config{
		{}:                                    {On: 1, NotPID: own},
		{includeSelf: true}:                   {On: 1},
		{tid: 7, user: "12"}:                  {On: 1, TID: 7, NotPID: own, ByUID: 1, UID: 12},
		{pid: os.Getpid(), includeSelf: true}: {On: 1, PID: own},
	} {
		if got, err := o.config(); err != nil || got != want {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
}

// Bad input is refused before anything is compiled.
func TestBadInput(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"", "no probe: say what to trace"},
		{"-b 3 c:read", "--buffer-pages 3: want a power of two"},
		{"-b 0 c:read", "--buffer-pages 0: want a power of two"},
		{"-Z 0 c:read", "--string-size 0: want 1 to 4096"},
		{"-M 0 c:read", "--max-events 0: want a number above 0"},
		{"-u c:read", "--unix-timestamp changes what --timestamp prints"},
		{"-tT c:read", "--timestamp and --time: give one of them"},
		{"-a c:read", "--address is for stacks"},
		{"-s x c:read", "--sym_file_list is for the stacks of --user-stack"},
		{"--uid no-such-user c:read", `user "no-such-user": `},
		{"-p 4194305 c:read", "--pid 4194305: there is no such process"},
		{"-L 4194305 c:read", "--tid 4194305: "},
		{"-I ./no-such.h c:read", "--include ./no-such.h: "},
	} {
		tooltest.Refused(t, tool(), test.want, strings.Fields(test.args)...)
	}
	for text, want := range map[string]string{
		`c:raed "%d", arg1`: "did you mean",
		"no-such-lib:f":     "no directory of PATH has a program of that name\n    no-such-lib:f\n    ^~~~~~~~~~~\n",
		"u::x":              "there is no library, and no process is named whose probes could be meant",
	} {
		code, stdout, stderr := tooltest.Execute(tool(), text)
		if code != 1 || stdout != "" || !strings.HasPrefix(stderr, "trace: ") || !strings.Contains(stderr, want) {
			t.Errorf("%s: %d, %q, %s", text, code, stdout, stderr)
		}
	}
}
