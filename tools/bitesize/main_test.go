package main

import (
	"testing"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func comm(name string) (c bccgo.Comm) {
	copy(c[:], name)
	return c
}

func TestHistograms(t *testing.T) {
	h := histograms(map[commSlot]uint64{{comm("dd"), 3}: 5, {comm("dd"), 0}: 1, {comm("a\nb"), 11}: 7})
	if len(h.Sections) != 2 || h.Sections[0].Key != `a\nb` || h.Sections[1].Key != "dd" {
		t.Fatalf("got %+v", h)
	}
	if dd := h.Sections[1].Counts; dd[3] != 5 || dd[0] != 1 || h.Sections[0].Counts[11] != 7 {
		t.Errorf("got %+v", h)
	}
}

func TestRefused(t *testing.T) {
	for want, args := range map[string][]string{
		`interval "0": want a number of seconds above 0`: {"0"},
		`count "x": want a whole number above 0`:         {"1", "x"},
		`unexpected argument "3"`:                        {"1", "2", "3"},
		"--svg /no/such/folder/x.svg":                    {"--svg", "/no/such/folder/x.svg"},
	} {
		tooltest.Refused(t, tool(), want, args...)
	}
}
