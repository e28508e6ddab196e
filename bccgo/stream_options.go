package bccgo

import "time"

// DefaultLatency is how long an event waits at most for others to be delivered
// with, if StreamOptions does not say.
const DefaultLatency = 100 * time.Millisecond

// StreamOptions change how a buffer is read. nil means the zero value.
type StreamOptions struct {
	// Pages is the size of a perf buffer in pages per CPU, a power of two; 0
	// means 1 MiB per CPU on hosts with up to 8 CPUs, and less on larger ones,
	// down to 256 KiB. A ring buffer's size stands in the C text.
	Pages int
	// Latency is how long an event may wait for others before it is delivered;
	// 0 means DefaultLatency. Waking up is most of what an event costs.
	Latency time.Duration
	// Immediate delivers each event at once, at the price of a wake-up each.
	Immediate bool
	// OnLost is called with the CPU and the number of events lost there, from
	// the goroutine that reads. Without it losses are only counted.
	OnLost func(cpu int, lost uint64)

	// OrderBy is a field of the event by which events are ordered, as the CPUs'
	// parts of a perf buffer are read one after the other. It has its C name,
	// dotted for parts of a struct, or that of the Go struct, and is a u64 that
	// grows with time, such as bpf_ktime_get_ns returns. Empty means no order.
	//
	// Events are copied and held for OrderDelay, or somewhat longer, and then
	// delivered by their time. One that comes so late that a later one was
	// delivered before is delivered at once and counted: see OrderCounts. None
	// is dropped.
	OrderBy string
	// OrderDelay is how long events are held; 0 means twice the Latency.
	OrderDelay time.Duration
	// OrderBytes bounds the memory for held events; 0 means DefaultOrderBytes.
	// When it is used up, the earliest events are delivered before their delay
	// is over, and counted.
	OrderBytes int
}

// DefaultOrderBytes bounds the memory for held events if StreamOptions does
// not.
const DefaultOrderBytes = 16 << 20

func (o *StreamOptions) orDefault() StreamOptions {
	var out StreamOptions
	if o != nil {
		out = *o
	}
	if out.Latency <= 0 {
		out.Latency = DefaultLatency
	}
	return out
}
