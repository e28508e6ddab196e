package probeexpr

import (
	"fmt"
	"strings"
	"testing"
)

// Names are replaced, and nothing else.
func TestRewrite(t *testing.T) {
	for text, want := range map[string]string{
		"size":                           "<size>",
		" a+b * 0x1f ":                   "<a>+<b> * 0x1f",
		"a->b.c->d":                      "<a:b>->b.c->d",
		"args->next_pid % 2":             "<args:next_pid>->next_pid % 2",
		"((struct file *)f)->f_flags":    "((struct file *)<f>)->f_flags",
		"(enum a)b == (union c)d":        "(enum a)<b> == (union c)<d>",
		"$retval < 0":                    "<$retval> < 0",
		"$latency/$entry(size)":          "<$latency>/<$entry|size>",
		"$entry( req )->tv_nsec":         "<$entry:tv_nsec|req>->tv_nsec",
		"f(a, 1e3, 'x', \"y\")":          `<f>(<a>, 1e3, 'x', "y")`,
		`STRCMP("a,b", f->name) && c`:    `<STRCMP|"a,b"|f->name> && <c>`,
		"a\n\t&& b":                      "<a> \t&& <b>",
		"({ int x = a; x; })":            "({ <int> <x> = <a>; <x>; })",
		"STRCMP":                         "<STRCMP>",
		"STRCMP()":                       "<STRCMP|>",
		"f(arg2@user) + 1":               "<f>(<arg2:@>) + 1",
		`x@user == "a@user"`:             `<x:@> == "a@user"`,
		"sizeof(struct file)":            "<sizeof>(struct file)",
		"arg1 ? arg2 : (u64)arg3":        "<arg1> ? <arg2> : (<u64>)<arg3>",
		"bpf_get_smp_processor_id() + 1": "<bpf_get_smp_processor_id>() + 1",
	} {
		got, err := Of(text).Rewrite(func(r Ref) (string, error) {
			s := r.Name
			if r.Field != "" {
				s += ":" + r.Field
			}
			if r.User {
				s += ":@"
			}
			return "<" + strings.Join(append([]string{s}, strs(r.Args)...), "|") + ">", nil
		})
		if err != nil || got.String() != want {
			t.Errorf("%q: got %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestRewriteErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":             "there is no expression here\n    \n    ^",
		"a; b":         "\";\" is no part of an expression\n    a; b\n     ^",
		"a@users":      "\"@\" is no part of a C expression\n    a@users\n     ^",
		"a # b":        "\"#\" is no part of an expression\n    a # b\n      ^",
		"a + bad":      "no bad\n    a + bad\n        ^~~",
		"$entry":       "want one name in brackets after $entry\n    $entry\n    ^~~~~~",
		"1+$entry()":   "want one name in brackets after $entry\n    1+$entry()\n      ^~~~~~~~",
		"$entry(a, b)": "want one name in brackets after $entry\n    $entry(a, b)\n    ^~~~~~~~~~~~",
	} {
		_, err := Of(text).Rewrite(func(r Ref) (string, error) {
			switch r.Name {
			case "bad":
				return "", r.Faultf("no %s", r)
			case "$entry":
				_, err := r.Arg()
				return "", err
			}
			return r.Name, nil
		})
		if err == nil || err.Error() != want {
			t.Errorf("%q: got\n%v\nwant\n%s", text, err, want)
		}
	}
}

// A place in the C leads back to what the user wrote.
func TestFrom(t *testing.T) {
	text := Of("u32: size + $latency*other ")
	parts, err := text.Cut(":")
	if err != nil {
		t.Fatal(err)
	}
	c, err := parts[1].Rewrite(func(r Ref) (string, error) {
		if r.Name == "$latency" {
			return "(end - begin)", nil
		}
		return r.String(), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		at   string
		want string
	}{{"size", "size 5"}, {"ize", "ize 6"}, {"+", "+ 10"}, {"(end", "$latency 12"}, {"begin", "$latency 12"}, {"*", "* 20"}, {"other", "other 21"}} {
		from := c.From(strings.Index(c.String(), test.at))
		if got := fmt.Sprint(from, " ", from.Start); got != test.want {
			t.Errorf("%s: got %s, want %s", test.at, got, test.want)
		}
	}
}
