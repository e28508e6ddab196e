package main

import (
	"context"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// The functions by the programs' numbers.
var (
	userCalls   = []string{"malloc", "calloc", "realloc", "reallocarray", "posix_memalign", "memalign", "valloc", "pvalloc", "free", "mmap", "mremap", "munmap"}
	kernelCalls = []string{"kmalloc", "kmem_cache_alloc", "mm_page_alloc", "percpu_alloc", "free"}
)

// call is a call that has ended; its fields are the JSON object's.
type call struct {
	Time    time.Time `json:"time"` // of the end
	TID     uint32    `json:"tid"`
	Comm    string    `json:"comm"`
	Call    string    `json:"call"`
	Size    uint64    `json:"bytes"`
	Address uint64    `json:"address"` // 0 if it failed
	Old     uint64    `json:"old,omitempty"`
}

// tracer prints calls.
type tracer struct {
	s     *toolkit.Session
	names []string
}

// stream reads the calls of -t.
func (o *options) stream(s *toolkit.Session, m *bccgo.Module) *bccgo.EventStream[event] {
	return bccgo.Stream[event](m, "events", &bccgo.StreamOptions{OnLost: s.Losses.Add, OrderBy: "time"})
}

func (t *tracer) run(ctx context.Context, stream *bccgo.EventStream[event]) error {
	if !t.s.JSON {
		if err := t.s.Out.Printf("%-15s %-7s %-16s %-16s %12s %s\n", "TIME", "TID", "COMM", "CALL", "BYTES", "ADDRESS"); err != nil {
			return err
		}
	}
	return stream.Each(ctx, t.record)
}

func (t *tracer) record(ev *event) error {
	c := call{Time: bccgo.KtimeToTime(ev.Time), TID: ev.TID, Comm: ev.Comm.String(), Call: t.names[ev.Function], Size: ev.Size, Address: ev.Address, Old: ev.Old}
	if t.s.JSON {
		return t.s.Out.JSON(c)
	}
	return t.s.Out.Printf("%-15s %-7d %-16s %-16s %12d %x\n", c.Time.Format("15:04:05.000000"), c.TID,
		toolkit.Printable(c.Comm), c.Call, c.Size, c.Address)
}
