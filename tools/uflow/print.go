package main

import (
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/runtimes"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// step is a call or a return; its fields are the JSON object's.
type step struct {
	Time   time.Time `json:"time"`
	CPU    uint32    `json:"cpu"`
	PID    uint32    `json:"pid"`
	TID    uint32    `json:"tid"`
	Event  string    `json:"event"` // "call" or "return"
	Depth  uint64    `json:"depth"`
	Class  string    `json:"class,omitempty"`
	Method string    `json:"method"`
}

type printer struct {
	s              *toolkit.Session
	start          uint64
	calls, returns uint64
}

func (p *printer) record(ev *event) error {
	event, arrow, count := "call", "-> ", &p.calls
	if ev.IsReturn != 0 {
		event, arrow, count = "return", "<- ", &p.returns
	}
	*count++
	if p.s.JSON {
		return p.s.Out.JSON(step{bccgo.KtimeToTime(ev.Time), ev.CPU, ev.PID, ev.TID, event, ev.Depth, ev.Method.ClassText(), ev.Method.NameText()})
	}
	const deepest = 100 // further calls are not indented further
	since := max(0, int64(ev.Time-p.start)) / 1000
	return p.s.Out.Printf("%-3d %-6d %-6d %-11d %s%s%s\n", ev.CPU, ev.PID, ev.TID, since,
		strings.Repeat("  ", int(min(ev.Depth, deepest))), arrow, ev.Method.String())
}

func (p *printer) heading() error {
	if p.s.JSON {
		return nil
	}
	return p.s.Out.Printf("%-3s %-6s %-6s %-11s %s\n", "CPU", "PID", "TID", "TIME(us)", "METHOD")
}

// remark tells of a runtime that does not tell of all calls.
func (p *printer) remark(r *runtimes.Runtime) {
	if r.Methods[0].ReturnsOnly && p.returns > 2*p.calls {
		p.s.Warnf("%d returns, and only %d calls: Python 3.11 tells of calls only in threads that are profiled, as by -m cProfile", p.returns, p.calls)
	}
}
