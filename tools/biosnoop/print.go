package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/blockio"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// request is a request that is done; its fields are the JSON object's.
type request struct {
	Time   time.Time `json:"time"` // when it was done
	PID    uint32    `json:"pid"`  // 0 if it is not known who made it
	Comm   string    `json:"comm"`
	Disk   string    `json:"disk"`
	Type   string    `json:"type"` // R, W, D, F or O
	Sector uint64    `json:"sector"`
	Bytes  uint32    `json:"bytes"`
	// Pattern is S, R or ?, with -P.
	Pattern string `json:"pattern,omitempty"`
	// Queued is there with -Q if it is known when the request was made.
	Queued  *uint64 `json:"queued_ns,omitempty"`
	Latency uint64  `json:"latency_ns"`
}

// printer prints requests.
type printer struct {
	*options
	s     *toolkit.Session
	disks *blockio.Disks
	// first is the time of the first line, from which TIME(s) counts.
	first uint64
}

// patterns are the program's, by their number.
var patterns = [...]string{"?", "S", "R"}

func (p *printer) heading() error {
	if p.s.JSON {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%-11s %-14s %-7s %-9s %-1s %-10s %-6s ", "TIME(s)", "COMM", "PID", "DISK", "T", "SECTOR", "BYTES")
	if p.pattern {
		b.WriteString("P ")
	}
	if p.queue {
		fmt.Fprintf(&b, "%7s ", "QUE(ms)")
	}
	return p.s.Out.Printf("%s%7s\n", b.String(), "LAT(ms)")
}

func (p *printer) print(ev *event) error {
	if p.first == 0 {
		p.first = ev.Time
	}
	r := p.request(ev)
	if p.s.JSON {
		return p.s.Out.JSON(r)
	}
	// Events of different processors may come a little out of order.
	return p.s.Out.Printf("%-11.6f %s\n", float64(int64(ev.Time-p.first))/1e9, p.row(r))
}

func (p *printer) request(ev *event) *request {
	r := &request{
		Time: bccgo.KtimeToTime(ev.Time), PID: ev.PID, Comm: ev.Comm.String(), Disk: p.disks.Name(ev.Disk),
		Type: string(rune(ev.Op)), Sector: ev.Sector, Bytes: ev.Bytes, Latency: ev.Time - ev.Begin,
	}
	if ev.Made == 0 {
		r.Comm = "?"
	} else if p.queue {
		r.Queued = new(uint64)
		*r.Queued = ev.Begin - min(ev.Made, ev.Begin)
	}
	if p.pattern {
		r.Pattern = patterns[ev.Pattern]
	}
	return r
}

// row is a request's line without the time.
func (p *printer) row(r *request) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-14.14s %-7d %-9s %-1s %-10d %-6d ", toolkit.Printable(r.Comm), r.PID, r.Disk, r.Type, r.Sector, r.Bytes)
	if p.pattern {
		fmt.Fprintf(&b, "%-1s ", r.Pattern)
	}
	if p.queue {
		b.WriteString(queued(r.Queued))
	}
	fmt.Fprintf(&b, "%7.2f", float64(r.Latency)/1e6)
	return b.String()
}

// queued is the column of -Q.
func queued(ns *uint64) string {
	if ns == nil {
		return fmt.Sprintf("%7s ", "?")
	}
	return fmt.Sprintf("%7.2f ", float64(*ns)/1e6)
}
