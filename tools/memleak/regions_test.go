package main

import (
	"math/rand/v2"
	"slices"
	"testing"
)

const testPage = 0x1000

func mapOf(address, size uint64) mapping { return mapping{Op: opMap, Address: address, Size: size} }

func unmapOf(address, size uint64) mapping {
	return mapping{Op: opUnmap, Address: address, Size: size, TID: 1}
}

func TestRegions(t *testing.T) {
	undo := mapping{Op: opUndo, TID: 1}
	for _, test := range []struct {
		name  string
		calls []mapping
		want  []outstanding
	}{
		{"nothing", nil, nil},
		{"one", []mapping{mapOf(0x10000, 100)}, []outstanding{{Address: 0x10000, Size: 100}}},
		{"all of it", []mapping{mapOf(0x10000, 0x3000), unmapOf(0x10000, 0x3000)}, nil},
		{"up to the page's end", []mapping{mapOf(0x10000, 100), unmapOf(0x10000, 1)}, nil},
		{"head", []mapping{mapOf(0x10000, 0x2100), unmapOf(0x10000, 0x1000)}, []outstanding{{Address: 0x11000, Size: 0x1100}}},
		{"tail", []mapping{mapOf(0x10000, 0x2100), unmapOf(0x12000, 0x1000)}, []outstanding{{Address: 0x10000, Size: 0x2000}}},
		{"hole", []mapping{mapOf(0x10000, 0x2100), unmapOf(0x11000, 0x1000)}, []outstanding{{Address: 0x10000, Size: 0x1100}}},
		{"hole, then the rest", []mapping{mapOf(0x10000, 0x3000), unmapOf(0x11000, 1), unmapOf(0x10000, 1), unmapOf(0x12000, 1)}, nil},
		{"several at once", []mapping{mapOf(0x10000, 0x1000), mapOf(0x12000, 0x2000), mapOf(0x20000, 1), unmapOf(0x10000, 0x3000)},
			[]outstanding{{Address: 0x13000, Size: 0x1000}, {Address: 0x20000, Size: 1}}},
		{"mapped over", []mapping{mapOf(0x10000, 0x3000), mapOf(0x11000, 0x1000)},
			[]outstanding{{Address: 0x10000, Size: 0x2000}, {Address: 0x11000, Size: 0x1000}}},
		{"failed", []mapping{mapOf(0x10000, 0x3000), unmapOf(0x11000, 0x1000), undo}, []outstanding{{Address: 0x10000, Size: 0x3000}}},
		{"failed of another thread", []mapping{mapOf(0x10000, 0x3000), unmapOf(0x11000, 0x1000), {Op: opUndo, TID: 2}},
			[]outstanding{{Address: 0x10000, Size: 0x2000}}},
		{"not mapped", []mapping{mapOf(0x10000, 1), unmapOf(0x20000, 0x1000), undo}, []outstanding{{Address: 0x10000, Size: 1}}},
		{"beyond all memory", []mapping{mapOf(0x10000, 1), unmapOf(0x10000, ^uint64(0)), undo}, []outstanding{{Address: 0x10000, Size: 1}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRegions(testPage)
			for _, m := range test.calls {
				r.apply(m)
			}
			if got := r.outstanding(0); !slices.Equal(got, test.want) {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

// A program that runs after another has none of its mappings.
func TestRegionsOfAnotherProgram(t *testing.T) {
	r := newRegions(testPage)
	r.apply(mapOf(0x10000, 5))
	later := mapOf(0x20000, 6)
	later.Execs = 1
	r.apply(later)
	if got := r.outstanding(1); !slices.Equal(got, []outstanding{{Address: 0x20000, Size: 6}}) {
		t.Errorf("got %+v", got)
	}
}

// Random calls leave what a table of all pages says.
func TestRegionsRandom(t *testing.T) {
	const pages = 64
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		r := newRegions(testPage)
		var owner [pages]uint64
		for call := uint64(1); call < 100; call++ {
			first := random.Uint64N(pages)
			n := 1 + random.Uint64N(min(8, pages-first))
			m := mapping{Address: first * testPage, Size: n * testPage, TID: uint32(call % 3), Time: call}
			before := owner
			mark := uint64(0)
			if m.Op = uint32(random.Uint64N(2)); m.Op == opMap {
				mark = call
			}
			for i := first; i < first+n; i++ {
				owner[i] = mark
			}
			r.apply(m)
			if m.Op == opUnmap && call%4 == 0 {
				r.apply(mapping{Op: opUndo, TID: m.TID})
				owner = before
			}
		}
		want := map[uint64]uint64{}
		for _, o := range owner {
			if o != 0 {
				want[o] += testPage
			}
		}
		for _, o := range r.outstanding(0) {
			if want[o.time] != o.Size {
				t.Fatalf("of call %d there are %d bytes, want %d", o.time, o.Size, want[o.time])
			}
			delete(want, o.time)
		}
		if len(want) > 0 {
			t.Fatalf("not there: %v", want)
		}
	}
}
