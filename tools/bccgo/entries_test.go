package main

import (
	"strings"
	"testing"
)

func TestSortEntries(t *testing.T) {
	one := func(k, v value) entry { return entry{key: k, value: v} }
	for _, test := range []struct {
		name string
		give []entry
		want string
	}{
		{"by value", []entry{one(text("a"), num(30)), one(text("b"), num(4)), one(text("c"), num(5))}, "b c a"},
		{"equal values by key", []entry{one(num(10), num(1)), one(num(9), num(1))}, "9 10"},
		{"text values by key", []entry{one(num(10), text("x")), one(num(9), text("z")), one(num(1), num(50))}, "1 9 10"},
		{"text keys", []entry{one(text("b"), text("x")), one(text("a"), text("z"))}, "a b"},
		{"sums of CPUs", []entry{
			{key: num(1), value: num(0), perCPU: []value{num(5), num(6)}},
			{key: num(2), value: num(9), perCPU: []value{num(9), num(1)}}}, "2 1"},
	} {
		sortEntries(test.give)
		var keys []string
		for _, e := range test.give {
			keys = append(keys, e.key.String())
		}
		if got := strings.Join(keys, " "); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}
