package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func frame(addr uint64, name string) bccgo.Frame {
	f := bccgo.Frame{Addr: addr, Symbol: bccgo.Symbol{Name: name, Offset: 0x1c, Module: "/usr/bin/shop"}}
	if name == "" {
		f.Symbol = bccgo.Symbol{}
	}
	return f
}

// sample is a report with all there can be in one.
func sample() []*entry {
	return []*entry{
		{Bytes: 5, Count: 1, Allocs: []outstanding{{Address: 0x30, Size: 5}}},
		{Bytes: 60, Count: 2, key: 7, frames: []bccgo.Frame{frame(0x1234, "a\nb"), frame(0x5678, "")},
			Allocs: []outstanding{{Address: 0x20, Size: 40}, {Address: 0x10, Size: 20}}},
		{Bytes: 700, Count: 3, key: 8, frames: []bccgo.Frame{frame(0x7f00000000aa, "take"), frame(0x99, "main")}},
	}
}

func reported(t *testing.T, o *options, common toolkit.Common, entries []*entry) string {
	t.Helper()
	var buf bytes.Buffer
	at := time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)
	p := &printer{options: o, s: &toolkit.Session{Common: common, Out: toolkit.NewOutput(&buf)}, comm: "shop", now: func() time.Time { return at }}
	if err := p.report(entries); err != nil {
		t.Fatal(err)
	}
	if err := p.s.Out.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func TestReport(t *testing.T) {
	const plain = "[07:08:09] Top 10 stacks with outstanding allocations:\n" +
		"\taddr = 30 size = 5\n\taddr = 10 size = 20\n\taddr = 20 size = 40\n" +
		"\t5 bytes in 1 allocations from stack\n\t\t[unknown: no room for another stack]\n" +
		"\t60 bytes in 2 allocations from stack\n\t\t0x0000000000001234\ta\\nb+0x1c [shop]\n\t\t0x0000000000005678\t[unknown]\n" +
		"\t700 bytes in 3 allocations from stack\n\t\t0x00007f00000000aa\ttake+0x1c [shop]\n\t\t0x0000000000000099\tmain+0x1c [shop]\n"
	const json = `{"time":"2026-05-06T07:08:09Z","bytes":5,"count":1,"stack":[],"allocations":[{"address":48,"bytes":5}]}` + "\n" +
		`{"time":"2026-05-06T07:08:09Z","bytes":60,"count":2,"stack":["a\nb+0x1c [shop]","[unknown]"],"allocations":[{"address":16,"bytes":20},{"address":32,"bytes":40}]}` + "\n" +
		`{"time":"2026-05-06T07:08:09Z","bytes":700,"count":3,"stack":["take+0x1c [shop]","main+0x1c [shop]"]}` + "\n"
	process := &options{top: 10, pid: 1}
	for _, test := range []struct {
		name   string
		o      *options
		common toolkit.Common
		want   string
	}{
		{"plain", process, toolkit.Common{}, plain},
		{"json", process, toolkit.Common{JSON: true}, json},
		{"folded", &options{top: 10, pid: 1, folded: true}, toolkit.Common{}, "shop 5\nshop;[unknown];a b 60\nshop;main;take 700\n"},
		{"folded kernel", &options{top: 10, pid: -1, folded: true}, toolkit.Common{}, "kernel 5\nkernel;[unknown];a b 60\nkernel;main;take 700\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := reported(t, test.o, test.common, sample()); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}

func TestOrder(t *testing.T) {
	small, many, big := &entry{Bytes: 1, Count: 2}, &entry{Bytes: 5, Count: 9}, &entry{Bytes: 8, Count: 1}
	for sort, want := range map[string][]*entry{"size": {small, many, big}, "count": {big, small, many}} {
		c := &collector{options: &options{sort: sort}}
		for i := 1; i < len(want); i++ {
			if c.order(want[i-1], want[i]) >= 0 || c.order(want[i], want[i-1]) <= 0 {
				t.Errorf("by %s: %+v is not before %+v", sort, want[i-1], want[i])
			}
		}
	}
}

func TestTracedCall(t *testing.T) {
	var buf bytes.Buffer
	tr := &tracer{s: &toolkit.Session{Out: toolkit.NewOutput(&buf)}, names: userCalls}
	ev := event{Time: 5e9, Size: 123, Address: 0xabc, TID: 77, Function: 2}
	copy(ev.Comm[:], "shop\n")
	if err := tr.record(&ev); err != nil {
		t.Fatal(err)
	}
	if err := tr.s.Out.Close(); err != nil {
		t.Fatal(err)
	}
	want := bccgo.KtimeToTime(5e9).Format("15:04:05.000") // the clock is read twice
	if got := buf.String(); got[15:] != ` 77      shop\n           realloc                   123 abc`+"\n" || got[:8] != want[:8] {
		t.Errorf("got %q at %s", got, want)
	}
}
