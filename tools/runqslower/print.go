package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// wait is what a thread waited; its fields are the JSON object's.
type wait struct {
	Time     time.Time `json:"time"` // when it got the processor
	Comm     string    `json:"comm"`
	PID      uint32    `json:"pid"` // 0 if unknown
	TID      uint32    `json:"tid"`
	Us       uint64    `json:"latency_us"`
	PrevComm string    `json:"prev_comm"` // what ran there before
	PrevTID  uint32    `json:"prev_tid"`
}

type printer struct {
	*options
	s *toolkit.Session
}

func (p *printer) heading() error {
	if p.s.JSON {
		return nil
	}
	return p.line("TIME", "COMM", "TID", "LAT(us)", "PREV COMM", "PREV TID")
}

func (p *printer) record(ev *event) error {
	w := wait{
		Time: bccgo.KtimeToTime(ev.Time), Comm: ev.Comm.String(), PID: ev.PID, TID: ev.TID,
		Us: ev.WaitNs / 1000, PrevComm: ev.PrevComm.String(), PrevTID: ev.PrevTID,
	}
	if p.s.JSON {
		return p.s.Out.JSON(w)
	}
	return p.line(w.Time.Format(time.TimeOnly), toolkit.Printable(w.Comm), w.TID, w.Us, toolkit.Printable(w.PrevComm), w.PrevTID)
}

// line prints the columns; those of what ran before if they are wanted.
func (p *printer) line(clock, comm string, tid, us any, prevComm string, prevTID any) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%-8s %-16s %-6v %14v", clock, comm, tid, us)
	if p.previous {
		fmt.Fprintf(&b, " %-16s %v", prevComm, prevTID)
	}
	return p.s.Out.Printf("%s\n", b.String())
}
