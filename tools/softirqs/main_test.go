package main

import (
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestName(t *testing.T) {
	for vec, want := range map[uint64]string{0: "hi", 3: "net_rx", 9: "rcu", 10: "10"} {
		if got := name(id{vec}); got != want {
			t.Errorf("%d: got %q", vec, got)
		}
	}
}

func TestRefused(t *testing.T) {
	for want, args := range map[string][]string{
		"--events: it counts, and so cannot go with": {"-C", "-d"},
		"--svg and --html: they draw histograms":     {"--svg", "x.svg"},
		"--cpu 4096: this machine has":               {"-c", "4096"},
		`interval "0": want a number of seconds`:     {"0"},
		`count "0": want a whole number above 0`:     {"1", "0"},
	} {
		tooltest.Refused(t, tool(), want, args...)
	}
}
