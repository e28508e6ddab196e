package bccgo

import (
	"sync/atomic"
	"time"
)

// OrderCounts says how ordering went.
type OrderCounts struct {
	// Late counts the events that were delivered out of order: one with a later
	// time had been delivered before they came.
	Late uint64
	// Early counts those that were delivered before their delay was over, since
	// the memory for held events was used up.
	Early uint64
}

// orderer holds events and delivers them by their time.
//
// The time in an event is the program's and may be of any clock; how long it is
// held is measured from when it was read.
type orderer struct {
	delay  time.Duration
	limit  int // bytes that held events may take
	heap   eventHeap
	marks  []holdMark
	latest uint64 // of all times seen
	ripe   uint64 // events up to this time are due
	last   uint64 // time of the event delivered last

	late, early atomic.Uint64
}

// holdMark says when all events up to a time are due.
type holdMark struct {
	from time.Time // when the first of them was read
	upTo uint64
}

// holdGrain is the part of the delay for which one mark is enough. It bounds
// the number of marks, and adds to the delay.
const holdGrain = 16

func newOrderer(delay, latency time.Duration, limit int) *orderer {
	if delay <= 0 {
		delay = 2 * latency
	}
	if limit <= 0 {
		limit = DefaultOrderBytes
	}
	return &orderer{delay: delay, limit: limit}
}

// deliverer takes an event that is due.
type deliverer func(*RawEventStream, Record) error

// hold keeps a copy of an event that was read now, or delivers it if it is late.
func (o *orderer) hold(s *RawEventStream, r Record, now time.Time, deliver deliverer) error {
	at, ok := s.timeOf(r.Data)
	if !ok || at < o.last {
		o.late.Add(1)
		return deliver(s, r)
	}
	o.heap.push(at, s, r)
	o.mark(at, now)
	for o.heap.bytes > o.limit {
		o.early.Add(1)
		if err := o.pop(deliver); err != nil {
			return err
		}
	}
	return nil
}

// mark notes when an event is due.
func (o *orderer) mark(at uint64, now time.Time) {
	o.latest = max(o.latest, at)
	if n := len(o.marks); n > 0 && now.Sub(o.marks[n-1].from) < o.delay/holdGrain {
		o.marks[n-1].upTo = o.latest
		return
	}
	o.marks = append(o.marks, holdMark{now, o.latest})
}

func (o *orderer) pop(deliver deliverer) error {
	at, s, r := o.heap.pop()
	o.last = at
	return deliver(s, r)
}

// release delivers the events that are due.
func (o *orderer) release(now time.Time, deliver deliverer) error {
	passed := 0
	for passed < len(o.marks) && o.until(o.marks[passed], now) <= 0 {
		o.ripe = o.marks[passed].upTo
		passed++
	}
	o.marks = append(o.marks[:0], o.marks[passed:]...)
	for o.heap.len() > 0 && o.heap.earliest() <= o.ripe {
		if err := o.pop(deliver); err != nil {
			return err
		}
	}
	return nil
}

// until is how long it takes until a mark is due.
func (o *orderer) until(m holdMark, now time.Time) time.Duration {
	return o.delay + o.delay/holdGrain - now.Sub(m.from)
}

// due is how long it takes until an event is due, negative if none is held.
func (o *orderer) due(now time.Time) time.Duration {
	switch {
	case o.heap.len() == 0:
		return noLimit
	case o.heap.earliest() <= o.ripe || len(o.marks) == 0:
		return 0
	}
	return max(0, o.until(o.marks[0], now))
}

// releaseAll delivers everything.
func (o *orderer) releaseAll(deliver deliverer) error {
	for o.heap.len() > 0 {
		if err := o.pop(deliver); err != nil {
			return err
		}
	}
	o.marks = o.marks[:0]
	return nil
}

func (o *orderer) counts() OrderCounts {
	return OrderCounts{Late: o.late.Load(), Early: o.early.Load()}
}
