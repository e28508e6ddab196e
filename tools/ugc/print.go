package main

import (
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/runtimes"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// collection is a collection that has ended; its fields are the JSON object's.
type collection struct {
	Begin       time.Time `json:"begin"`
	PID         uint32    `json:"pid"`
	TID         uint32    `json:"tid"` // where it ended
	Took        uint64    `json:"duration_ns"`
	Description string    `json:"description"`

	start float64 // seconds from the beginning of the tracing
}

// printer prints the collections that are wanted.
type printer struct {
	*options
	s       *toolkit.Session
	runtime *runtimes.Runtime
	start   uint64
}

func (p *printer) record(ev *event) error {
	c := p.newCollection(ev)
	switch {
	case !strings.Contains(c.Description, p.filter):
		return nil
	case p.s.JSON:
		return p.s.Out.JSON(c)
	}
	took := float64(c.Took) / 1e3
	if p.milliseconds {
		took /= 1e3
	}
	return p.s.Out.Printf("%-8.3f %-8.2f %s\n", c.start, took, c.Description)
}

func (p *printer) newCollection(ev *event) *collection {
	begin := ev.Time - ev.Delta
	return &collection{
		Begin: bccgo.KtimeToTime(begin), PID: ev.PID, TID: ev.TID, Took: ev.Delta,
		start: max(0, float64(int64(begin-p.start))/1e9),
		Description: p.runtime.Collections[ev.Kind].Describe(runtimes.Collected{
			Begin: [2]int64{ev.Begin.First, ev.Begin.Second}, End: [2]int64{ev.End.First, ev.End.Second},
			Texts: [2]string{runtimes.ShowText(ev.First[:], ev.Flags), runtimes.ShowText(ev.Second[:], ev.Flags>>2)},
		}),
	}
}

func (p *printer) heading() error {
	if p.s.JSON {
		return nil
	}
	unit := "TIME (us)"
	if p.milliseconds {
		unit = "TIME (ms)"
	}
	return p.s.Out.Printf("%-8s %-8s %s\n", "START", unit, "DESCRIPTION")
}
