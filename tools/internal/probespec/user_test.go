package probespec

import (
	"fmt"
	"testing"

	"github.com/bccgo/bcc/bccgo"
)

// Functions at the same place of a page have programs of their own; those with
// several names are one, and indirect ones are alone.
func TestShare(t *testing.T) {
	all := share([]bccgo.UserFunction{
		{Name: "second", Offset: 0x2010}, {Name: "first", Offset: 0x1010}, {Name: "other", Offset: 0x1020},
		{Name: "alias", Offset: 0x1020}, {Name: "_a", Offset: 0x1020}, {Name: "twice", Offset: 0x5030}, {Name: "twice", Offset: 0x6040},
		{Name: "chosen", Offset: 0x1010, Indirect: true}, {Name: "third", Offset: 0x3040},
	})
	want := "[{[chosen] map[]} {[alias first third] map[16:first 32:alias 64:third]} {[twice second] map[16:second 48:twice 64:twice]}]"
	if got := fmt.Sprint(all); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// As few programs serve as the fullest place of a page needs.
func TestShareFew(t *testing.T) {
	var functions []bccgo.UserFunction
	for i := range 1000 {
		functions = append(functions, bccgo.UserFunction{Name: fmt.Sprintf("f%03d", i), Offset: uint64(i) * 16})
	}
	all := share(functions)
	seen := 0
	for _, s := range all {
		seen += len(s.at)
	}
	if len(all) != 4 || seen != 1000 {
		t.Errorf("%d programs for %d functions", len(all), seen)
	}
}
