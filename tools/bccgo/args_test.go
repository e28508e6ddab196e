package main

import (
	"slices"
	"strings"
	"testing"
)

func TestFlagsFirst(t *testing.T) {
	app := newApp(&console{})
	for _, test := range []struct{ give, want string }{
		{"bccgo", "bccgo"},
		{"bccgo --version", "bccgo --version"},
		{"bccgo run a.c", "bccgo run a.c"},
		{"bccgo run a.c -d 5 -v", "bccgo run -d 5 -v a.c"},
		{"bccgo run a.c --duration=5 --json", "bccgo run --duration=5 --json a.c"},
		{"bccgo run a.c -DPID=1 -D X=2", "bccgo run -D PID=1 -D X=2 a.c"},
		{"bccgo run -e -text -d 0", "bccgo run -e -text -d 0"},
		{"bccgo run - -d 0", "bccgo run -d 0 -"},
		{"bccgo run a.c -d", "bccgo run -d a.c"},
		{"bccgo run a.c --nonsense b", "bccgo run --nonsense a.c b"},
		{"bccgo check -v -- -a.c -b.c", "bccgo check -v -- -a.c -b.c"},
		{"bccgo check x.c -v -- -a.c", "bccgo check -v -- x.c -a.c"},
		{"bccgo nothing a -b", "bccgo nothing a -b"},
		{"bccgo run a.c -d --generate-bash-completion", "bccgo run a.c -d --generate-bash-completion"},
	} {
		got := flagsFirst(strings.Fields(test.give), app)
		if !slices.Equal(got, strings.Fields(test.want)) {
			t.Errorf("%s: got %q, want %q", test.give, got, test.want)
		}
	}
}
