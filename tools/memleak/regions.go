package main

import "slices"

// region is a part of a mapping that is still there. All parts of a mapping have
// the same origin.
type region struct {
	// start and end are addresses; end is that of the size asked for, which need
	// not be the end of a page.
	start, end uint64
	origin     *mapping
}

// regions are the mappings of a process, by rising addresses; none overlap.
type regions struct {
	page uint64
	all  []region
	// cut are the parts that the last call of each thread took away. If it turns
	// out to have failed they come back.
	cut map[uint32][]region
}

func newRegions(page int) *regions {
	return &regions{page: uint64(page), cut: map[uint32][]region{}}
}

// apply does what a call did. The calls come in their order.
func (r *regions) apply(m mapping) {
	switch m.Op {
	case opMap:
		r.remove(m.Address, m.Size)
		r.add(region{m.Address, m.Address + m.Size, &m})
		delete(r.cut, m.TID)
	case opUnmap:
		delete(r.cut, m.TID)
		if cut := r.remove(m.Address, m.Size); len(cut) > 0 {
			r.cut[m.TID] = cut
		}
	case opUndo:
		for _, part := range r.cut[m.TID] {
			r.add(part)
		}
		delete(r.cut, m.TID)
	}
}

// add puts a region where no other is.
func (r *regions) add(n region) {
	i, _ := slices.BinarySearchFunc(r.all, n.start, func(e region, start uint64) int {
		if e.start < start {
			return -1
		}
		return 1
	})
	r.all = slices.Insert(r.all, i, n)
}

// remove takes away whole pages, and returns what was there.
func (r *regions) remove(start, size uint64) []region {
	end := r.pageEnd(start + size)
	var kept, cut []region
	first, _ := slices.BinarySearchFunc(r.all, start, func(e region, start uint64) int {
		if r.pageEnd(e.end) <= start {
			return -1
		}
		return 1
	})
	last := first
	for ; last < len(r.all) && r.all[last].start < end; last++ {
		e := r.all[last]
		middle := e
		if e.start < start {
			kept = append(kept, region{e.start, min(e.end, start), e.origin})
			middle.start = start
		}
		if end < e.end {
			kept = append(kept, region{end, e.end, e.origin})
			middle.end = end
		}
		cut = append(cut, middle)
	}
	r.all = slices.Replace(r.all, first, last, kept...)
	return cut
}

func (r *regions) pageEnd(address uint64) uint64 {
	return (address + r.page - 1) &^ (r.page - 1)
}

// outstanding lists the mappings that are there, those in several parts once.
func (r *regions) outstanding(execs uint32) []outstanding {
	var out []outstanding
	seen := map[*mapping]int{}
	for _, e := range r.all {
		if e.origin.Execs != execs {
			continue
		}
		i, ok := seen[e.origin]
		if !ok {
			i = len(out)
			seen[e.origin] = i
			out = append(out, outstanding{Address: e.start, time: e.origin.Time, stack: e.origin.Stack})
		}
		out[i].Size += e.end - e.start
	}
	return out
}
