package stacks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// The kinds of boxes of a flame graph. A waker's are apart from those of whom it
// woke, on which they stand.
const (
	kindAll     = "all"
	kindProcess = "process"
	kindUser    = "user"
	kindKernel  = "kernel"
	kindWaker   = "waker"
)

// box is a function called in one way, with what it calls.
type box struct {
	boxID
	count uint64
	calls []*box
	// index finds calls where there are many. Most boxes have one or two.
	index map[boxID]*box
}

type boxID struct{ kind, name string }

// newTree puts samples together that begin in the same way.
func newTree(samples []Sample) *box {
	all := &box{boxID: boxID{kindAll, "all"}}
	for i := range samples {
		s := &samples[i]
		b := all
		b.count += s.Count
		if s.Comm != "" || s.PID != 0 {
			b = b.call(kindProcess, processName(s.Comm, s.PID), s.Count)
		}
		b = b.stack(kindUser, s.User, s.Count)
		b = b.stack(kindKernel, s.Kernel, s.Count)
		b.waker(s.Waker, s.Count)
	}
	return all
}

// waker counts the boxes of a waker: upside down, so that where it woke the other
// one lies on where that one waited.
func (b *box) waker(w *Waker, n uint64) {
	if w == nil {
		return
	}
	for _, places := range []Stack{w.Kernel, w.User} {
		for _, place := range places {
			b = b.call(kindWaker, place.Format(nil), n)
		}
	}
	b.call(kindProcess, processName(w.Comm, w.PID), n)
}

// processName shows a process, of which the number may not be known.
func processName(comm string, pid uint32) string {
	if pid == 0 {
		return comm
	}
	return fmt.Sprintf("%s [%d]", comm, pid)
}

// call counts a box within this one.
func (b *box) call(kind, name string, n uint64) *box {
	id := boxID{kind, toolkit.Printable(name)}
	inner := b.find(id)
	if inner == nil {
		inner = &box{boxID: id}
		b.add(inner)
	}
	inner.count += n
	return inner
}

// find returns the box within this one that has an id, nil if there is none.
func (b *box) find(id boxID) *box {
	if b.index != nil {
		return b.index[id]
	}
	for _, inner := range b.calls {
		if inner.boxID == id {
			return inner
		}
	}
	return nil
}

func (b *box) add(inner *box) {
	const many = 16
	b.calls = append(b.calls, inner)
	if b.index == nil && len(b.calls) > many {
		b.index = make(map[boxID]*box)
		for _, one := range b.calls {
			b.index[one.boxID] = one
		}
	}
	if b.index != nil {
		b.index[inner.boxID] = inner
	}
}

// stack counts the boxes of a stack, whose outermost place is its last.
func (b *box) stack(kind string, s Stack, n uint64) *box {
	for _, f := range slices.Backward(s) {
		b = b.call(kind, f.Format(nil), n)
	}
	return b
}

// sorted are the boxes within this one by their names: the order in a flame graph
// has no meaning.
func (b *box) sorted() []*box {
	slices.SortFunc(b.calls, func(a, c *box) int { return cmp.Or(strings.Compare(a.name, c.name), strings.Compare(a.kind, c.kind)) })
	return b.calls
}
