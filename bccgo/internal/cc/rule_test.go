package cc

import (
	"slices"
	"testing"
)

func TestParseRule(t *testing.T) {
	for rule, want := range map[string][]string{
		"":                            nil,
		"main.o:":                     nil,
		"main.o: a.h":                 {"a.h"},
		"main.o: a.h \\\n  b/c.h\n":   {"a.h", "b/c.h"},
		"m: /my\\ dir/a.h b\\#c.h":    {"/my dir/a.h", "b#c.h"},
		"m: cost$$s.h back\\slash.h":  {"cost$s.h", "back\\slash.h"},
		"m: a.h \\\r\n b.h\ttab.h \\": {"a.h", "b.h", "tab.h", "\\"},
	} {
		if got := parseRule(rule); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", rule, got, want)
		}
	}
}

func FuzzParseRule(f *testing.F) {
	f.Add("m: a.h \\\n b\\ c.h $$d")
	f.Fuzz(func(t *testing.T, rule string) {
		for _, name := range parseRule(rule) {
			if name == "" {
				t.Errorf("%q has an empty name", rule)
			}
		}
	})
}
