package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// exit is the end of a process or thread; its fields are the JSON object's.
type exit struct {
	Time  time.Time `json:"time"`
	Label string    `json:"label,omitempty"`
	Comm  string    `json:"comm"`
	PID   uint32    `json:"pid"`
	PPID  uint32    `json:"ppid"`
	TID   uint32    `json:"tid"`
	Age   float64   `json:"age_s"`
	Code  uint32    `json:"exit_code"` // 0 with a signal
	// Signal is 0 for what ended by itself; then there is no name either.
	Signal     uint32 `json:"signal"`
	SignalName string `json:"signal_name,omitempty"`
	CoreDumped bool   `json:"core_dumped,omitempty"`
}

type printer struct {
	*options
	s *toolkit.Session
	// end ends the tracing.
	end context.CancelFunc
	// seen tells that the end of the only process has come.
	seen bool
}

func (p *printer) heading() error {
	if p.s.JSON {
		return nil
	}
	zone := p.inZone(time.Now()).Format("TIME-MST")
	return p.line(zone, "LABEL", "PCOMM", "PID", "PPID", "TID", "AGE(s)", "EXIT_CODE")
}

func (p *printer) record(ev *event) error {
	if p.target.PID != 0 && ev.Dead != 0 {
		p.seen = true
		p.end()
	}
	if p.failed && ev.Code == 0 {
		return nil
	}
	e := newExit(ev)
	e.Label = p.label.text
	if p.s.JSON {
		return p.s.Out.JSON(e)
	}
	return p.line(p.inZone(e.Time).Format("15:04:05.000"), e.Label, toolkit.Printable(e.Comm),
		e.PID, e.PPID, e.TID, fmt.Sprintf("%.2f", e.Age), e.how())
}

func newExit(ev *event) *exit {
	e := &exit{
		Time: bccgo.KtimeToTime(ev.Time), Comm: ev.Comm.String(), PID: ev.PID, PPID: ev.PPID, TID: ev.TID,
		Age: float64(int64(ev.Time-ev.Start)) / 1e9,
	}
	if e.Signal = ev.Code & 0x7f; e.Signal != 0 {
		e.SignalName = signalName(e.Signal)
		e.CoreDumped = ev.Code&0x80 != 0
	} else {
		e.Code = ev.Code >> 8 & 0xff
	}
	return e
}

// how tells what ended it.
func (e *exit) how() string {
	switch {
	case e.Signal != 0 && e.CoreDumped:
		return fmt.Sprintf("signal %d (%s), core dumped", e.Signal, e.SignalName)
	case e.Signal != 0:
		return fmt.Sprintf("signal %d (%s)", e.Signal, e.SignalName)
	case e.Code != 0:
		return fmt.Sprintf("code %d", e.Code)
	}
	return "0"
}

// line prints the columns that are wanted.
func (p *printer) line(clock, label, comm string, pid, ppid, tid any, age, how string) error {
	var b strings.Builder
	if p.timestamp || p.utc {
		fmt.Fprintf(&b, "%-13s", clock)
	}
	if p.label.given {
		fmt.Fprintf(&b, "%-6s", label)
	}
	fmt.Fprintf(&b, "%-16s %-7v %-7v %-7v %-7s %s", comm, pid, ppid, tid, age, how)
	return p.s.Out.Printf("%s\n", b.String())
}

func (p *printer) inZone(t time.Time) time.Time {
	if p.utc {
		return t.UTC()
	}
	return t
}
