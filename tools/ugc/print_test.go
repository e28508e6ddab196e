package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/runtimes"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestPrint(t *testing.T) {
	start := bccgo.MonotonicTime()
	pool := event{Time: start + 2e9, Delta: 5e8, Begin: numbers{100, -1}, End: numbers{20, 300}}
	copy(pool.First[:], "Copy")
	copy(pool.Second[:], "Eden\nSpace")
	early := event{Time: start + 1e9, Delta: 2e9, Kind: 1, Begin: numbers{First: 1}}
	for want, o := range map[string]*options{
		"START    TIME (us) DESCRIPTION\n1.500    500000.00 Copy Eden\\nSpace used=100->20 max=none->300\n0.000    2000000.00 full collection\n": {},
		"START    TIME (ms) DESCRIPTION\n0.000    2000.00  full collection\n":                                                                    {milliseconds: true, filter: "full"},
	} {
		var out bytes.Buffer
		p := &printer{options: o, s: &toolkit.Session{Out: toolkit.NewOutput(&out)}, runtime: runtimes.ByLanguage("java"), start: start}
		if err := p.heading(); err != nil {
			t.Fatal(err)
		}
		for _, ev := range []event{pool, early} {
			if err := p.record(&ev); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.s.Out.Close(); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Errorf("got\n%swant\n%s", out.String(), want)
		}
	}
}

func TestBadUsage(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"ugc"}, "name the process"},
		{[]string{"ugc", "-M", "-1", "1"}, "--minimum"},
		{[]string{"ugc", "-l", "perl", "1"}, "choose one of java, node, python, ruby"},
		{[]string{"nodegc", "4194305"}, "nodegc: "},
		{[]string{"ugc", "4194305"}, "there is no such process"},
	} {
		var out, errs bytes.Buffer
		code := tool(test.args[0]).Execute(context.Background(), test.args, &out, &errs)
		if code != 1 || out.Len() != 0 || !strings.Contains(errs.String(), test.want) || strings.Count(errs.String(), "\n") != 1 {
			t.Errorf("%q: %d, %q, %q", test.args, code, out.String(), errs.String())
		}
	}
}
