package probeexpr

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bccgo/bcc/tools/internal/probespec"
)

func strs(parts []Text) []string {
	var list []string
	for _, p := range parts {
		list = append(list, p.String())
	}
	return list
}

func TestCut(t *testing.T) {
	for _, test := range []struct {
		chars, text string
		want        []string
	}{
		{",", "a", []string{"a"}},
		{",", "", []string{""}},
		{",", " a , f(b, c)[d, e], {1, 2} ", []string{"a", "f(b, c)[d, e]", "{1, 2}"}},
		{",", `",", ',', "\",", '\''`, []string{`","`, `','`, `"\","`, `'\''`}},
		{":", "char*:args->comm:a ? b : c", []string{"char*", "args->comm", "a ? b : c"}},
		{":", "a ?: b : c ? d ? 1 : 2 : 3", []string{"a ?: b", "c ? d ? 1 : 2 : 3"}},
		{":", "(a ? b : c):d", []string{"(a ? b : c)", "d"}},
		{":,", ":a,", []string{"", "a", ""}},
		{">", "a->b > c", []string{"a->b", "c"}},
		{"#", `a == '#' # b`, []string{`a == '#'`, "b"}},
	} {
		got, err := Of(test.text).Cut(test.chars)
		if err != nil || !slices.Equal(strs(got), test.want) {
			t.Errorf("%q at %q: got %q, %v", test.text, test.chars, strs(got), err)
		}
	}
}

// What follows the first cut may be anything.
func TestCutFirst(t *testing.T) {
	before, after, found, err := Of(`u32:x#it's "(`).CutFirst("#;")
	if before.String() != "u32:x" || after.String() != `it's "(` || !found || err != nil {
		t.Errorf("got %q, %q, %v, %v", before, after, found, err)
	}
	before, after, found, err = Of("x ").CutFirst("#")
	if before.String() != "x " || after.String() != "" || found || err != nil {
		t.Errorf("got %q, %q, %v, %v", before, after, found, err)
	}
}

func TestBracketed(t *testing.T) {
	inside, rest, ok, err := Of(` (fd == ')' && (a)) "it's`).Bracketed()
	if inside.String() != "fd == ')' && (a)" || rest.String() != ` "it's` || !ok || err != nil {
		t.Errorf("got %q, %q, %v, %v", inside, rest, ok, err)
	}
	for _, text := range []string{"", "a (b)", `"("`} {
		if _, rest, ok, err := Of(text).Bracketed(); rest.String() != text || ok || err != nil {
			t.Errorf("%q: %q, %v, %v", text, rest, ok, err)
		}
	}
}

func TestQuoted(t *testing.T) {
	literal, rest, ok, err := Of(` "%s, \"" , a"`).Quoted()
	if literal.String() != `"%s, \""` || rest.String() != ` , a"` || !ok || err != nil {
		t.Errorf("got %q, %q, %v, %v", literal, rest, ok, err)
	}
	for _, text := range []string{"", "a", "'a'"} {
		if _, rest, ok, err := Of(text).Quoted(); rest.String() != text || ok || err != nil {
			t.Errorf("%q: %q, %v, %v", text, rest, ok, err)
		}
	}
}

// The mark is below what is wrong.
func TestScanErrors(t *testing.T) {
	for text, want := range map[string]string{
		"a + (b":    "this ( is not closed\n    a + (b\n        ^",
		"(a + [b)":  "this ) closes nothing\n    (a + [b)\n           ^",
		"a)":        "this ) closes nothing\n    a)\n     ^",
		`a == "b`:   "the quote is not closed\n    a == \"b\n         ^~",
		`"b\`:       "the quote is not closed\n    \"b\\\n    ^~~",
		"\"a\nb\"":  `the quote is not closed, in "\"a\nb\""`,
		"a // b":    "there can be no comments\n    a // b\n      ^~",
		"a /* b":    "there can be no comments\n    a /* b\n      ^~",
		"a + größe": "\"ö\" is no part of a C expression\n    a + größe\n          ^",
		"a \\ b":    "\"\\\\\" is no part of a C expression\n    a \\ b\n      ^",
		"@":         "\"@\" is no part of a C expression\n    @\n    ^",
	} {
		_, err := Of(text).Cut(",")
		var e *probespec.Error
		if !errors.As(err, &e) || err.Error() != want {
			t.Errorf("%q: got\n%v\nwant\n%s", text, err, want)
		}
	}
}

func TestTrim(t *testing.T) {
	for text, want := range map[string]string{"": "", "  ": "", " a b\n": "a b"} {
		if got := Of(text).Trim(); got.String() != want {
			t.Errorf("%q: got %q", text, got)
		}
	}
}

// Whatever the text, the parts are in it, errors are about it, and what nothing
// replaces stays.
func FuzzText(f *testing.F) {
	for _, text := range []string{"a,b:c", `STRCMP("a\x41", p) && $entry(x) ? a : b`, "(a[{", "args->f.g", "'\\''", "1e+5 .5", "é", "\"\\\n\""} {
		f.Add(text)
	}
	check := func(t *testing.T, spec string, err error) {
		t.Helper()
		var e *probespec.Error
		if err != nil && (!errors.As(err, &e) || e.Text != spec || e.Start > e.End || e.End > len(spec) || err.Error() == "") {
			t.Errorf("%q: %#v", spec, err)
		}
	}
	f.Fuzz(func(t *testing.T, spec string) {
		parts, err := Of(spec).Cut(",:")
		check(t, spec, err)
		for _, p := range parts {
			_, err := p.Literal()
			check(t, spec, err)
			checkIdentity(t, p, check)
		}
		_, _, _, err = Of(spec).Bracketed()
		check(t, spec, err)
		_, _, _, err = Of(spec).Quoted()
		check(t, spec, err)
	})
}

func checkIdentity(t *testing.T, p Text, check func(*testing.T, string, error)) {
	t.Helper()
	c, err := p.Rewrite(func(r Ref) (string, error) {
		if !strings.HasPrefix(r.String(), r.Name) {
			t.Errorf("%q: %q at %q", p, r.Name, r)
		}
		return r.String(), nil
	})
	check(t, p.Spec, err)
	if err != nil {
		return
	}
	want := oneLine.Replace(p.Trim().String())
	if c.String() != want {
		t.Errorf("%q became %q", want, c)
	}
	for i := range want {
		if at := c.From(i); at.Start > p.Start+i+len(p.String())-len(want) || at.End > p.End || at.Start < p.Start {
			t.Errorf("%q: byte %d is from %+v", want, i, at)
		}
	}
}
