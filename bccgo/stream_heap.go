package bccgo

// eventHeap holds copies of events, the earliest on top; of equal times the one
// that came first. Memory is used again, so that it allocates only to grow.
type eventHeap struct {
	order []heldKey
	slots []heldEvent
	free  []int32 // slots without an event
	out   int32   // 1 + the slot popped last, whose event is in use
	seq   uint64
	bytes int // what held events take
}

type heldKey struct {
	at, seq uint64
	slot    int32
}

type heldEvent struct {
	stream *RawEventStream
	cpu    int
	data   []byte
}

// heldSize is what an event takes besides its bytes.
const heldSize = 72

func (a heldKey) before(b heldKey) bool {
	return a.at < b.at || a.at == b.at && a.seq < b.seq
}

func (h *eventHeap) len() int { return len(h.order) }

// earliest is the time of the event on top.
func (h *eventHeap) earliest() uint64 { return h.order[0].at }

// push copies an event.
func (h *eventHeap) push(at uint64, s *RawEventStream, r Record) {
	slot := h.slot()
	e := &h.slots[slot]
	e.stream, e.cpu = s, r.CPU
	e.data = append(e.data[:0], r.Data...)
	h.bytes += heldSize + cap(e.data)
	h.seq++
	h.order = append(h.order, heldKey{at, h.seq, slot})
	h.up(len(h.order) - 1)
}

func (h *eventHeap) slot() int32 {
	if n := len(h.free); n > 0 {
		slot := h.free[n-1]
		h.free = h.free[:n-1]
		return slot
	}
	h.slots = append(h.slots, heldEvent{})
	return int32(len(h.slots) - 1)
}

// pop takes the earliest event out. Its bytes are valid until the next pop.
func (h *eventHeap) pop() (uint64, *RawEventStream, Record) {
	if h.out > 0 {
		h.free = append(h.free, h.out-1)
	}
	top, last := h.order[0], len(h.order)-1
	h.order[0] = h.order[last]
	h.order = h.order[:last]
	h.down(0)
	e := &h.slots[top.slot]
	h.bytes -= heldSize + cap(e.data)
	h.out = top.slot + 1
	return top.at, e.stream, Record{CPU: e.cpu, Data: e.data}
}

func (h *eventHeap) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !h.order[i].before(h.order[parent]) {
			return
		}
		h.order[i], h.order[parent] = h.order[parent], h.order[i]
		i = parent
	}
}

func (h *eventHeap) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h.order); child++ {
			if h.order[child].before(h.order[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		h.order[i], h.order[least] = h.order[least], h.order[i]
		i = least
	}
}
