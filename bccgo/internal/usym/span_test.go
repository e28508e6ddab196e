package usym

import (
	"math/rand/v2"
	"testing"
)

// slowly finds the best of the spans that contain an address by looking at
// them all.
func slowly(spans []span, better func(a, b span) bool, addr uint64) uint32 {
	best := span{owner: nobody}
	for _, s := range spans {
		if addr >= s.start && addr < s.end && (best.owner == nobody || better(s, best)) {
			best = s
		}
	}
	return best.owner
}

func TestFlatten(t *testing.T) {
	rules := map[string]func(a, b span) bool{
		"later":  func(a, b span) bool { return a.owner > b.owner },
		"inner":  func(a, b span) bool { return a.start > b.start || a.start == b.start && a.owner < b.owner },
		"oldest": func(a, b span) bool { return a.owner < b.owner },
	}
	random := rand.New(rand.NewPCG(1, 2))
	for name, better := range rules {
		for round := range 200 {
			var spans []span
			for i := range random.IntN(30) {
				start := random.Uint64N(100)
				spans = append(spans, span{start: start, end: start + random.Uint64N(30), owner: uint32(i)})
			}
			cut := flatten(append([]span(nil), spans...), better)
			for addr := range uint64(140) {
				if got, want := cut.find(addr), slowly(spans, better, addr); got != want {
					t.Fatalf("%s, round %d: at %d %d, want %d of %v", name, round, addr, got, want, spans)
				}
			}
			for i := 1; i < len(cut.starts); i++ {
				if cut.starts[i] <= cut.starts[i-1] || cut.owners[i] == cut.owners[i-1] {
					t.Fatalf("%s: pieces %v of %v do not differ", name, cut.starts, cut.owners)
				}
			}
		}
	}
}
