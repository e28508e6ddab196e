package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/bccgo/bcc/tools/internal/probespec"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// describe is what was read.
func describe(p *probe) string {
	s := fmt.Sprintf("%c %s %s", p.Kind, p.Library+p.Group, p.Name)
	if p.Signature != nil {
		for _, param := range p.Signature.Params {
			s += " (" + param.Text + ")"
		}
	}
	for _, v := range p.values {
		s += fmt.Sprintf(" [%s %s=%s %v]", v.typ, v.shown, v.expr, v.isString())
	}
	if p.filter != nil {
		s += " if " + p.filter.String()
	}
	return s + " #" + p.name()
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"p:c:fork()":                                       "p c fork #p:c:fork()",
		" r:c:read() ":                                     "r c read [int retval=$retval false] #r:c:read()",
		"p::f(int a, char *b)#a label: ' :":                "p  f (int a) (char *b) #a label: ' :",
		"p::f():int : 1 :x ; label":                        "p  f [int 1=1 false] if x #label",
		"r:c:f(int a):u64,char *:$entry(a)+1,$COMM":        "r c f (int a) [u64 a+1=$entry(a)+1 false] [char * $COMM=$COMM true] #r:c:f(int a):u64,char *:$entry(a)+1,$COMM",
		"t:sched:sched_fork():char*:args->child_comm":      "t sched sched_fork [char* args->child_comm=args->child_comm true] #t:sched:sched_fork():char*:args->child_comm",
		"u:jvm:hotspot:gc():u64:arg1 ? 1 : 2:arg2#x":       "u jvmhotspot gc [u64 arg1 ? 1 : 2=arg1 ? 1 : 2 false] if arg2 #x",
		"p:c:f(char *a):const char *:a:STRCMP(\"#:;\", a)": "p c f (char *a) [const char * a=a true] if STRCMP(\"#:;\", a) #p:c:f(char *a):const char *:a:STRCMP(\"#:;\", a)",
		"p::f(struct s *a):struct s *,char **:a,b":         "p  f (struct s *a) [struct s * a=a false] [char ** b=b false] #p::f(struct s *a):struct s *,char **:a,b",
	} {
		p, err := parse(text, false)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := describe(p); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", text, got, want)
		}
	}
}

// The mark is below what is wrong. A text that begins with H is for a histogram.
func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"x:c:f()":              "\"x\" is no kind of probe\n    x:c:f()\n    ^",
		"p:c:f#a":              "a label comes after brackets: p:c:fork()#LABEL\n    p:c:f#a\n         ^~",
		"p:c:f() int":          wantValues + "\n    p:c:f() int\n            ^~~",
		"p:c:f():int":          "there is no expression after the type: " + wantValues + "\n    p:c:f():int\n            ^~~",
		"p:c:f():int:1:2:3":    "there is a colon too many: " + wantValues + "\n    p:c:f():int:1:2:3\n                    ^",
		"p:c:f():int,int:1":    "there are as many types as expressions, and here they are 2 and 1\n    p:c:f():int,int:1\n                    ^",
		"p:c:f()::1":           "want a C type, such as u64 or char*\n    p:c:f()::1\n            ^",
		"p:c:f():int x[2]:1":   "want a C type, such as u64 or char*\n    p:c:f():int x[2]:1\n            ^~~~~~~~",
		"p:c:f():int: ":        "there is no expression here\n    p:c:f():int:\n                ^",
		"p:c:f():int:(1":       "this ( is not closed\n    p:c:f():int:(1\n                ^",
		"r:c:f():int:$entry":   "want one name in brackets after $entry\n    r:c:f():int:$entry\n                ^~~~~~",
		"t:a:b(int c)":         "tracepoints have no parameters: leave the brackets empty, and use args->FIELD\n    t:a:b(int c)\n         ^~~~~~~",
		"u:a:b(int c)":         "static probes have no parameters: leave the brackets empty, and use arg1, arg2 and so on\n    u:a:b(int c)\n         ^~~~~~~",
		"Hp:c:f()":             "a histogram is of values: " + wantValues + "\n    p:c:f()\n    ^~~~~~~",
		"Hp:c:f():char*:\"a\"": "a histogram is of numbers: strings can only come before them\n    p:c:f():char*:\"a\"\n            ^~~~~",
	} {
		spec, histogram := strings.CutPrefix(text, "H")
		_, err := parse(spec, histogram)
		var e *probespec.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", text, err)
			continue
		}
		// What the place may be is probespec's to say.
		got := err.Error()
		if strings.HasPrefix(text, "x") {
			first, rest, _ := strings.Cut(got, "\n")
			got = strings.SplitN(first, ":", 2)[0] + "\n" + rest
		}
		if got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", text, got, want)
		}
	}
}

// Whatever the text, errors are about it.
func FuzzParse(f *testing.F) {
	for _, one := range oneliners {
		f.Add(one.args[len(one.args)-1], true)
		f.Add(one.args[len(one.args)-1], false)
	}
	f.Fuzz(func(t *testing.T, text string, histogram bool) {
		p, err := parse(text, histogram)
		var e *probespec.Error
		switch {
		case err == nil && (p.name() == "" || histogram && len(p.values) == 0):
			t.Errorf("%q: %+v", text, p)
		case err != nil && (!errors.As(err, &e) || e.Text != strings.TrimSpace(text) || e.Start > e.End || e.End > len(e.Text)):
			t.Errorf("%q: %#v", text, err)
		}
	})
}

// Flags are checked before anything is traced.
func TestRefused(t *testing.T) {
	const spec = "p:c:write(char *x):char*,char *:x,x"
	for want, args := range map[string][]string{
		"nothing to trace: give a specifier with -C or -H":                                {},
		"--string-size 0: want a number above 0":                                          {"-z", "0", "-C", spec},
		"--string-size 200: want at most 191 for the 2 strings of " + spec:                {"-z", "200", "-C", spec},
		"--interval 0: want a number of seconds above 0":                                  {"-i", "0", "-C", spec},
		"--interval x: want a number of seconds above 0":                                  {"-i", "x", "-C", spec},
		"--number 0: want a number above 0":                                               {"-n", "0", "-C", spec},
		"--top -2: want a number above 0":                                                 {"-T", "-2", "-C", spec},
		"--tid 2000000000: there is no such thread":                                       {"-t", "2000000000", "-C", spec},
		"--include \"a\\\"b\": this is no header's name":                                  {"-I", `a"b`, "-C", spec},
		"--include ./none.h: stat ":                                                       {"-I", "./none.h", "-C", spec},
		fmt.Sprintf("--tid %d: this is a thread of process %[1]d, not of 1", os.Getpid()): {"-t", fmt.Sprint(os.Getpid()), "-p", "1", "-C", spec},
	} {
		tooltest.Refused(t, tool(), want, args...)
	}
}
