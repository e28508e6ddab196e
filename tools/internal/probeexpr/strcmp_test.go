package probeexpr

import (
	"strings"
	"testing"
)

func TestLiteral(t *testing.T) {
	for text, want := range map[string]string{
		`""`:                 "",
		` "a b" `:            "a b",
		`"\a\b\e\f\n\r\t\v"`: "\a\b\x1b\f\n\r\t\v",
		`"\\\'\"\?"`:         `\'"?`,
		`"\0\12\1234\x4g"`:   "\x00\n\x534\x04g",
		`"grün"`:             "grün",
	} {
		if got, err := Of(text).Literal(); got != want || err != nil {
			t.Errorf("%s: got %q, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		`"a\q"`:   "this is no character's escape\n    \"a\\q\"\n      ^~",
		`"\x"`:    "this is no character's escape\n    \"\\x\"\n     ^~",
		`"\xfff"`: "this is no character's escape\n    \"\\xfff\"\n     ^~~~~",
		`"\777"`:  "this is no character's escape\n    \"\\777\"\n     ^~~~",
		`a`:       "want a text in quotes, \"like this\"\n    a\n    ^",
		`"a" "b"`: "want a text in quotes, \"like this\"\n    \"a\" \"b\"\n    ^~~~~~~",
	} {
		if got, err := Of(text).Literal(); err == nil || err.Error() != want {
			t.Errorf("%s: got %q,\n%v", text, got, err)
		}
	}
}

// compare rewrites STRCMP, and p to param.
func compare(c *Comparisons, text string, user bool) (string, error) {
	var replace func(r Ref) (string, error)
	replace = func(r Ref) (string, error) {
		switch r.Name {
		case "STRCMP":
			return c.Rewrite(r, user, replace)
		case "p":
			return "param", nil
		}
		return r.String(), nil
	}
	out, err := Of(text).Rewrite(replace)
	if err != nil {
		return "", err
	}
	return out.String(), nil
}

// The functions read a byte more than they compare, and are there once each.
func TestComparisons(t *testing.T) {
	var c Comparisons
	got, err := compare(&c, `STRCMP("a'\n", p->name) || !STRCMP("a'\n", p) || STRCMP("", p)`, false)
	const want = "is_text_0((const void *)(param->name)) || !is_text_0((const void *)(param)) || is_text_1((const void *)(param))"
	if err != nil || got != want {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := compare(&c, `STRCMP("a'\n", p)`, true); err != nil || got != "is_text_2((const void *)(param))" {
		t.Errorf("of a process: got %q, %v", got, err)
	}
	const functions = `
static inline int is_text_0(const void *s)
{
	char have[5] = {};

	if (bpf_probe_read_kernel_str(have, sizeof(have), s) < 0)
		return 0;
	return !(have[0] ^ 'a' | have[1] ^ (char)39 | have[2] ^ (char)10 | have[3]);
}

static inline int is_text_1(const void *s)
{
	char have[2] = {};

	if (bpf_probe_read_kernel_str(have, sizeof(have), s) < 0)
		return 0;
	return !(have[0]);
}
`
	if got := c.Functions(); !strings.HasPrefix(got, functions) || strings.Count(got, "bpf_probe_read_user_str") != 1 {
		t.Errorf("got %s", got)
	}
}

func TestComparisonErrors(t *testing.T) {
	for text, want := range map[string]string{
		`STRCMP`:          "want STRCMP(\"text\", pointer)\n    STRCMP\n    ^~~~~~",
		`STRCMP("a")`:     "want STRCMP(\"text\", pointer)\n    STRCMP(\"a\")\n    ^~~~~~~~~~~",
		`STRCMP(p, "a")`:  "want a text in quotes, \"like this\"\n    STRCMP(p, \"a\")\n           ^",
		`STRCMP("a", )`:   "there is no expression here\n    STRCMP(\"a\", )\n               ^",
		`STRCMP("a", p;)`: "\";\" is no part of an expression\n    STRCMP(\"a\", p;)\n                 ^",
	} {
		if _, err := compare(new(Comparisons), text, true); err == nil || err.Error() != want {
			t.Errorf("%s: got\n%v\nwant\n%s", text, err, want)
		}
	}
	long := `STRCMP("` + strings.Repeat("x", maxCompared+1) + `", p)`
	if _, err := compare(new(Comparisons), long, true); err == nil || !strings.HasPrefix(err.Error(), "this has 128 bytes: ") {
		t.Errorf("got %v", err)
	}
}
