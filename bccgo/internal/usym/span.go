package usym

import (
	"cmp"
	"container/heap"
	"slices"
)

// nobody owns a piece that is in no span.
const nobody = ^uint32(0)

// span is the code from start up to, not including, end.
type span struct {
	start, end uint64
	owner      uint32
}

// pieces cut the address space at starts; the piece from one start to the next
// belongs to the owner of the same index.
type pieces struct {
	starts []uint64
	owners []uint32
}

// flatten cuts spans, which may overlap, into pieces: each belongs to the best
// of the spans that cover it. It sorts spans.
func flatten(spans []span, better func(a, b span) bool) pieces {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	var out pieces
	open := &openSpans{better: better}
	at := uint64(0)
	for len(spans) > 0 || open.Len() > 0 {
		if open.Len() == 0 {
			at = spans[0].start
		}
		for len(spans) > 0 && spans[0].start <= at {
			heap.Push(open, spans[0])
			spans = spans[1:]
		}
		for open.Len() > 0 && open.spans[0].end <= at {
			heap.Pop(open)
		}
		if open.Len() == 0 {
			out.add(at, nobody)
			continue
		}
		out.add(at, open.spans[0].owner)
		at = open.spans[0].end
		if len(spans) > 0 {
			at = min(at, spans[0].start)
		}
	}
	out.starts, out.owners = slices.Clip(out.starts), slices.Clip(out.owners)
	return out
}

// add ends the last piece at start and begins another.
func (p *pieces) add(start uint64, owner uint32) {
	last := len(p.starts) - 1
	if last >= 0 && p.starts[last] == start {
		p.owners[last] = owner
		return
	}
	if last >= 0 && p.owners[last] == owner {
		return
	}
	p.starts = append(p.starts, start)
	p.owners = append(p.owners, owner)
}

// find returns the owner of the piece that contains addr, or nobody.
func (p *pieces) find(addr uint64) uint32 {
	low, high := 0, len(p.starts)
	for low < high {
		middle := int(uint(low+high) >> 1)
		if p.starts[middle] <= addr {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low == 0 {
		return nobody
	}
	return p.owners[low-1]
}

// openSpans is a heap of the spans that have begun, the best at its top. Those
// that have ended leave it when they come to the top.
type openSpans struct {
	spans  []span
	better func(a, b span) bool
}

func (o *openSpans) Len() int           { return len(o.spans) }
func (o *openSpans) Less(i, j int) bool { return o.better(o.spans[i], o.spans[j]) }
func (o *openSpans) Swap(i, j int)      { o.spans[i], o.spans[j] = o.spans[j], o.spans[i] }
func (o *openSpans) Push(x any)         { o.spans = append(o.spans, x.(span)) }

func (o *openSpans) Pop() any {
	last := o.spans[len(o.spans)-1]
	o.spans = o.spans[:len(o.spans)-1]
	return last
}
