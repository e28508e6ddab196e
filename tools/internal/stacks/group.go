package stacks

import (
	"cmp"
	"hash/maphash"
	"slices"
)

// looks is what a sample shows but for its count: names stand for their stacks.
type looks struct {
	comm         string
	pid, tid     uint32
	kernel, user uint64
}

// both are the looks of a sample's thread and of its waker.
type both struct {
	waited, woke looks
	woken        bool
}

// Group puts samples together that look the same in this form, and returns those
// with the highest count last.
func (f Form) Group(samples []Sample) []Sample {
	seed := maphash.MakeSeed()
	indexes := make(map[both]int)
	var out []Sample
	for _, s := range samples {
		looks := both{waited: looks{s.Comm, s.PID, s.TID, f.hash(seed, s.Kernel), f.hash(seed, s.User)}}
		if w := s.Waker; w != nil {
			looks.woken = true
			looks.woke.comm, looks.woke.pid, looks.woke.tid = w.Comm, w.PID, w.TID
			looks.woke.kernel, looks.woke.user = f.hash(seed, w.Kernel), f.hash(seed, w.User)
		}
		if i, ok := indexes[looks]; ok {
			out[i].Count += s.Count
			continue
		}
		indexes[looks] = len(out)
		out = append(out, s)
	}
	slices.SortFunc(out, compare)
	return out
}

// hash stands for the text of a stack: of 10,000 stacks two have the same one by a
// chance of 1 to 10^11.
func (f Form) hash(seed maphash.Seed, s Stack) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	for _, place := range s {
		h.WriteString(f.name(place))
		h.WriteByte(0)
		if f.Address {
			maphash.WriteComparable(&h, place.Addr)
		}
	}
	return h.Sum64()
}

// compare orders samples by their counts, those with the same by what they show.
func compare(a, b Sample) int {
	return cmp.Or(cmp.Compare(a.Count, b.Count), cmp.Compare(a.Comm, b.Comm), cmp.Compare(a.PID, b.PID), cmp.Compare(a.TID, b.TID),
		compareStacks(a.Kernel, b.Kernel), compareStacks(a.User, b.User), compareWakers(a.Waker, b.Waker))
}

func compareWakers(a, b *Waker) int {
	if a == nil || b == nil {
		return cmp.Compare(present(a), present(b))
	}
	return cmp.Or(cmp.Compare(a.Comm, b.Comm), cmp.Compare(a.PID, b.PID), cmp.Compare(a.TID, b.TID),
		compareStacks(a.Kernel, b.Kernel), compareStacks(a.User, b.User))
}

func present(w *Waker) int {
	if w == nil {
		return 0
	}
	return 1
}

func compareStacks(a, b Stack) int {
	for i := range min(len(a), len(b)) {
		if a[i] == b[i] {
			continue
		}
		if c := cmp.Or(cmp.Compare(a[i].Name, b[i].Name), cmp.Compare(a[i].Addr, b[i].Addr)); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}
