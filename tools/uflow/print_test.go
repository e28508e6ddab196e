package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestPrint(t *testing.T) {
	start := bccgo.MonotonicTime()
	call := event{Time: start + 4_536_999, Depth: 1, PID: 27245, TID: 27246, CPU: 3}
	copy(call.Method.Class[:], "IO")
	copy(call.Method.Name[:], "gets")
	early := event{Time: start - 5, Depth: 1000, PID: 1, TID: 2, IsReturn: 1}
	copy(early.Method.Name[:], "main\n")
	for want, common := range map[string]toolkit.Common{
		"CPU PID    TID    TIME(us)    METHOD\n" +
			"3   27245  27246  4536          -> IO.gets\n" +
			"0   1      2      0           " + strings.Repeat("  ", 100) + "<- main\\n\n": {},
		`"cpu":3,"pid":27245,"tid":27246,"event":"call","depth":1,"class":"IO","method":"gets"}` + "\n" +
			`"cpu":0,"pid":1,"tid":2,"event":"return","depth":1000,"method":"main\\n"}` + "\n": {JSON: true},
	} {
		var out bytes.Buffer
		p := &printer{s: &toolkit.Session{Common: common, Out: toolkit.NewOutput(&out)}, start: start}
		if err := p.heading(); err != nil {
			t.Fatal(err)
		}
		for _, ev := range []event{call, early} {
			if err := p.record(&ev); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.s.Out.Close(); err != nil {
			t.Fatal(err)
		}
		got := out.String()
		if common.JSON {
			var lines strings.Builder
			for line := range strings.Lines(got) {
				_, rest, _ := strings.Cut(line, ",")
				lines.WriteString(rest)
			}
			got = lines.String()
		}
		if got != want || p.calls != 1 || p.returns != 1 {
			t.Errorf("got\n%swant\n%s", got, want)
		}
	}
}

func TestBadUsage(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"uflow"}, "name the process"},
		{[]string{"uflow", "-M", strings.Repeat("x", 65), "1"}, "at most 64 bytes"},
		{[]string{"uflow", "-l", "node", "1"}, "choose one of java, perl, php, python, ruby, tcl"},
		{[]string{"tclflow", "4194305"}, "there is no such process"},
	} {
		var out, errs bytes.Buffer
		code := tool(test.args[0]).Execute(context.Background(), test.args, &out, &errs)
		if code != 1 || out.Len() != 0 || !strings.Contains(errs.String(), test.want) || strings.Count(errs.String(), "\n") != 1 {
			t.Errorf("%q: %d, %q, %q", test.args, code, out.String(), errs.String())
		}
	}
}
