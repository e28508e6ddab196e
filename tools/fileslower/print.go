package main

import (
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// call is a slow read or write; its fields are the JSON object's.
type call struct {
	Time      time.Time `json:"time"` // of the end
	PID       uint32    `json:"pid"`
	TID       uint32    `json:"tid"`
	Comm      string    `json:"comm"`
	Operation string    `json:"operation"`
	Size      uint64    `json:"size"`  // as asked for
	Bytes     int64     `json:"bytes"` // as done, 0 if it failed
	Err       int64     `json:"err"`   // 0 if it did not
	Latency   uint64    `json:"latency_ns"`
	File      string    `json:"file"`
}

// printer prints calls.
type printer struct {
	s *toolkit.Session
	// begin is when the tracing began, by CLOCK_MONOTONIC.
	begin uint64
}

func (p *printer) heading() error {
	if p.s.JSON {
		return nil
	}
	return p.s.Out.Printf("%-8s %-14s %-6s %1s %-7s %7s %s\n", "TIME(s)", "COMM", "TID", "D", "BYTES", "LAT(ms)", "FILENAME")
}

func (p *printer) record(ev *event) error {
	c := newCall(ev)
	if p.s.JSON {
		return p.s.Out.JSON(c)
	}
	seconds := float64(int64(ev.Time-p.begin)) / 1e9
	return p.s.Out.Printf("%-8.3f %-14.14s %-6d %1s %-7d %7.2f %s\n", seconds, toolkit.Printable(c.Comm), c.TID,
		"RW"[ev.Write:ev.Write+1], c.Size, float64(c.Latency)/1e6, toolkit.Printable(c.File))
}

func newCall(ev *event) *call {
	c := &call{
		Time: bccgo.KtimeToTime(ev.Time), PID: ev.PID, TID: ev.TID, Comm: ev.Comm.String(),
		Operation: []string{"read", "write"}[ev.Write], Size: ev.Size, Bytes: ev.Result, Latency: ev.Took,
		File: bccgo.CString(ev.Name[:]),
	}
	if ev.Result < 0 {
		c.Bytes, c.Err = 0, -ev.Result
	}
	return c
}
