package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestPrint(t *testing.T) {
	named := objectType{Kind: 0, Flags: 1}
	copy(named.Name[:], "Shop")
	runtime := &printer{options: &options{}, kinds: []string{"", "string"}}
	for want, got := range map[string]string{
		"Shop...": runtime.name(&named), "string": runtime.name(&objectType{Kind: 1}),
		"block size 64": (&printer{options: &options{}}).name(&objectType{Size: 64}),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	rows := []row{{Type: "A", Allocs: 3, Bytes: 100}, {Type: "C", Allocs: 9, Bytes: 10}, {Type: "B", Allocs: 3, Bytes: 100}}
	const head = "\nNAME/TYPE                      # ALLOCS      # BYTES\n"
	a, b, c := "A                                     3          100\n", "B                                     3          100\n", "C                                     9           10\n"
	for want, o := range map[string]*options{
		head + c + a + b: {}, head + a + b: {topSize: 2}, head + b + c: {topCount: 2}, head + a + b + c: {topCount: 5},
	} {
		var out bytes.Buffer
		p := &printer{options: o, s: &toolkit.Session{Out: toolkit.NewOutput(&out)}}
		if err := p.print(p.choose(append([]row(nil), rows...))); err != nil {
			t.Fatal(err)
		}
		if err := p.s.Out.Close(); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Errorf("%+v: got\n%swant\n%s", o, out.String(), want)
		}
	}
}

func TestBadUsage(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"uobjnew"}, "name the process"},
		{[]string{"uobjnew", "-C", "-1", "1"}, "--top-count"},
		{[]string{"uobjnew", "-C", "1", "-S", "2", "1"}, "give one of them"},
		{[]string{"uobjnew", "1", "x"}, `interval "x"`},
		{[]string{"uobjnew", "-l", "python", "1"}, "choose one of c, java, ruby, tcl"},
		{[]string{"uobjnew", "4194305"}, "there is no such process"},
		{[]string{"uobjnew", "-l", "c", "4194305"}, "there is no such process"},
	} {
		var out, errs bytes.Buffer
		code := tool(test.args[0]).Execute(context.Background(), test.args, &out, &errs)
		if code != 1 || out.Len() != 0 || !strings.Contains(errs.String(), test.want) || strings.Count(errs.String(), "\n") != 1 {
			t.Errorf("%q: %d, %q, %q", test.args, code, out.String(), errs.String())
		}
	}
}
