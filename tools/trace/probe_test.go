package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/bccgo/bcc/tools/internal/probespec"
)

func TestParseProbe(t *testing.T) {
	for text, want := range map[string]string{
		"f":                                "f [] []",
		"f(int a)":                         "f [] []",
		"c:f (a > b)":                      "f [a > b] []",
		"c:f()(a)":                         "f [a] []",
		`f "x"`:                            "f [] [x]",
		`f "%d%%", a`:                      "f [] [ %d % a]",
		`f (a) "%s", a`:                    "f [a] [ %s  a]",
		`f "a\t%x,(%lld)" , g(a, b) , ")"`: "f [] [a\t %x ,( %d ) g(a, b) \")\"]",
		`f ((a) && STRCMP("x)", b)) "%K %U", a, b`:             `f [(a) && STRCMP("x)", b)] [ %s   %s  a b]`,
		`f(int a, char *b)(a == 1) "%-5s|%05d", b, a`:          `f [a == 1] [ %-5s | %05d  b a]`,
		`f "%p %#o %+d %.3s %hhu %zd %X", 1, 2, 3, 4, 5, 6, 7`: "f [] [ %#x   %#o   %+d   %.3s   %d   %d   %X  1 2 3 4 5 6 7]",
	} {
		p, err := parseProbe(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		filter, parts := "", []string(nil)
		if p.filter != nil {
			filter = p.filter.String()
		}
		for i, piece := range p.format.texts {
			parts = append(parts, piece)
			if i < len(p.format.conversions) {
				parts = append(parts, p.format.conversions[i].verb)
			}
		}
		for _, a := range p.args {
			parts = append(parts, a.String())
		}
		if got := fmt.Sprintf("%s [%s] %v", p.spec.Name, filter, parts); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// The mark is below what is wrong.
func TestParseProbeErrors(t *testing.T) {
	for text, want := range map[string]string{
		`f "%d"`:             "there is no argument for this: the format prints 1 value, of no argument\n    f \"%d\"\n       ^~",
		`f "%d%s", a`:        "there is no argument for this: the format prints 2 values, of 1 argument\n    f \"%d%s\", a\n         ^~",
		`f "x", a`:           "the format prints no value, and this is argument 1\n    f \"x\", a\n           ^",
		`f "%d", a, b + 1`:   "the format prints 1 value, and this is argument 2\n    f \"%d\", a, b + 1\n               ^~~~~",
		`f "%d" a`:           "want a comma between the format and its arguments\n    f \"%d\" a\n           ^",
		`f "%d", (a`:         "this ( is not closed\n    f \"%d\", (a\n            ^",
		`f (a`:               "this ( is not closed\n    f (a\n      ^",
		`f a > 1`:            "want (FILTER) or \"FORMAT\", ARGUMENTS here, in this order\n    f a > 1\n      ^~~~~",
		`f "x" (a)`:          "want a comma between the format and its arguments\n    f \"x\" (a)\n          ^~~",
		`f "x`:               "the quote is not closed\n    f \"x\n      ^~",
		`f "\q"`:             "this is no character's escape\n    f \"\\q\"\n       ^~",
		`f "%ls", a`:         "%s has no length: leave out the l\n    f \"%ls\", a\n       ^~~",
		`x:y:z`:              "\"x\" is no kind of probe: want [p::]FUNCTION or [p:]LIBRARY:FUNCTION or r:[LIBRARY]:FUNCTION or t:CATEGORY:EVENT or u:LIBRARY:[PROVIDER:]PROBE\n    x:y:z\n    ^",
		`f(int) (1)`:         "want a parameter's type and its name, such as char *path\n    f(int) (1)\n      ^~~",
		`f(int a) (1) "%d",`: "there is no expression here\n    f(int a) (1) \"%d\",\n                      ^",
	} {
		err := compileUnit(text)
		var e *probespec.Error
		if !errors.As(err, &e) || err.Error() != want {
			t.Errorf("%s: got\n%v\nwant\n%s", text, err, want)
		}
	}
	for _, format := range []string{"%", "%y", "%5", "a%-"} {
		_, err := parseProbe(`f "` + format + `", a`)
		if err == nil || !strings.HasPrefix(err.Error(), "this prints nothing: want %d, ") {
			t.Errorf("%s: %v", format, err)
		}
	}
}

// compileUnit writes the program of functions of the kernel.
func compileUnit(texts ...string) error {
	_, err := written(&options{stringSize: 80}, texts...)
	return err
}

func written(o *options, texts ...string) (string, error) {
	probes, err := parse(texts)
	if err != nil {
		return "", err
	}
	set := &probespec.Set{}
	for _, p := range probes {
		p.places = set.Assume(p.spec)
	}
	c, err := o.write(probes)
	if err != nil {
		return "", err
	}
	return c.String(), nil
}

// Names that mean nothing here are refused where they stand.
func TestNamesErrors(t *testing.T) {
	for text, want := range map[string]string{
		`f (retval == 1)`:         "only returns have a value: the probe would have to begin with r:\n    f (retval == 1)\n       ^~~~~~",
		`r::f "%d", 1 + arg1`:     "arguments are not there any more when a function returns: it has retval\n    r::f \"%d\", 1 + arg1\n                   ^~~~",
		`r::f(int a) "%d", a`:     "arguments are not there any more when a function returns: it has retval\n    r::f(int a) \"%d\", a\n                      ^",
		`f (arg7)`:                "only the first 6 arguments are in registers, and can be read\n    f (arg7)\n       ^~~~",
		`f ($tid == 1)`:           "want $pid, $tgid, $uid, $gid, $cpu or $task\n    f ($tid == 1)\n       ^~~~",
		`f (STRCMP(arg1, "x"))`:   "want a text in quotes, \"like this\"\n    f (STRCMP(arg1, \"x\"))\n              ^~~~",
		`f (STRCMP("x"))`:         "want STRCMP(\"text\", pointer)\n    f (STRCMP(\"x\"))\n       ^~~~~~~~~~~",
		`f (STRCMP("x", retval))`: "only returns have a value: the probe would have to begin with r:\n    f (STRCMP(\"x\", retval))\n                   ^~~~~~",
		`f (1; 2)`:                "\";\" is no part of an expression\n    f (1; 2)\n        ^",
		`f ()`:                    "there is no expression here\n    f ()\n       ^",
	} {
		if err := compileUnit(text); err == nil || err.Error() != want {
			t.Errorf("%s: got\n%v\nwant\n%s", text, err, want)
		}
	}
	o := &options{stringSize: 80, binary: true}
	for _, bytes := range []string{"{}", "{1,2", "{256}", "{x}", ""} {
		if _, err := written(o, `f (STRCMP("`+bytes+`", arg1))`); err == nil || !strings.Contains(err.Error(), "\n              ^") {
			t.Errorf("%s: %v", bytes, err)
		}
	}
	if _, err := written(&options{stringSize: maxString}, "f \""+strings.Repeat("%s", 20)+"\""+strings.Repeat(", arg1", 20)); err == nil || !strings.Contains(err.Error(), "set --string-size lower") {
		t.Errorf("too large an event: %v", err)
	}
}

// A line and a column of the C text lead back to the expression.
func TestUser(t *testing.T) {
	probes := probesOf(t, `f (arg1 > limit) "%d %s", arg1 + 5, name`)
	c, err := (&options{stringSize: 80}).write(probes)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for i, line := range strings.Split(c.String(), "\n") {
		for part, want := range map[string]string{"limit": "limit 10", "5)": "5 33", "name)": "name 36"} {
			at := strings.Index(line, part)
			if at < 0 || !strings.Contains(line, "ev->v") && !strings.Contains(line, "if (!(arg1") && !strings.Contains(line, "text = ") {
				continue
			}
			found++
			if got, ok := c.user(i+1, at+1); !ok || fmt.Sprint(got, " ", got.Start) != want {
				t.Errorf("%s: got %v %d", line, got, got.Start)
			}
			if got, ok := c.user(i+1, 0); !ok || !strings.Contains(got.String(), strings.TrimSuffix(part, ")")) {
				t.Errorf("%s: got %v", line, got)
			}
		}
	}
	if _, ok := c.user(1, 1); ok || found != 3 {
		t.Errorf("found %d", found)
	}
	if _, ok := c.user(1<<20, 0); ok {
		t.Error("there are no such lines")
	}
}

// Whatever the text, errors point into it.
func FuzzParseProbe(f *testing.F) {
	for _, l := range oneLiners {
		f.Add(l.probe)
	}
	f.Add(`f "%`)
	f.Add(`f (a"%d", b`)
	f.Fuzz(func(t *testing.T, text string) {
		_, err := parseProbe(text)
		var e *probespec.Error
		if err != nil && (!errors.As(err, &e) || e.Text != text || e.Start > e.End || e.End > len(text)) {
			t.Errorf("%q: %#v", text, err)
		}
	})
}
