package main

import (
	"slices"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestHistograms(t *testing.T) {
	groups := map[uint64][]uint64{10: {0, 1}, 9: {0, 2}, 0: {3}}
	for header, want := range map[string][]any{"pid": {"unknown", "9", "10"}, "tid": {"0", "9", "10"}} {
		h := histograms("usecs", header, groups)
		var keys []any
		for _, s := range h.Sections {
			keys = append(keys, s.Key)
		}
		if h.Header != header || h.Label != "usecs" || !slices.Equal(keys, want) || h.Sections[1].Counts[1] != 2 {
			t.Errorf("%s: got %+v", header, h)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"0"}, `interval "0": want a number of seconds above 0`},
		{[]string{"x"}, `interval "x": want a number`},
		{[]string{"1", "0"}, `count "0": want a whole number above 0`},
		{[]string{"1", "2", "3"}, `unexpected argument "3"`},
		{[]string{"-P", "-L"}, "--pids, --tids and --pidnss: give one of them"},
		{[]string{"-p", "4194305"}, "--pid 4194305: there is no such process"},
		{[]string{"--svg", "/no/such/folder/x.svg"}, "--svg"},
	} {
		tooltest.Refused(t, tool(), test.want, test.args...)
	}
}
