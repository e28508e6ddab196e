package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// printer prints what was counted since the last time. Counts only grow, so that
// nothing is lost between reading and clearing.
type printer struct {
	s *toolkit.Session
	// begin is when the interval began, and last what had been counted by then.
	begin time.Time
	last  []uint64
}

// record is a line of --json: how often each function was called in so many seconds.
type record struct {
	Time    time.Time `json:"time"`
	Seconds float64   `json:"seconds"`
	Read    uint64    `json:"read"`
	Write   uint64    `json:"write"`
	Fsync   uint64    `json:"fsync"`
	Open    uint64    `json:"open"`
	Create  uint64    `json:"create"`
	Unlink  uint64    `json:"unlink"`
	Mkdir   uint64    `json:"mkdir"`
	Rmdir   uint64    `json:"rmdir"`
}

func (p *printer) heading() error {
	if p.s.JSON {
		return nil
	}
	var b strings.Builder
	for _, stat := range stats {
		fmt.Fprintf(&b, " %8s", stat.name+"/s")
	}
	return p.s.Out.Printf("%-8s  %s\n", "TIME", b.String())
}

// report takes what was counted so far.
func (p *printer) report(now time.Time, sums []uint64) error {
	seconds := now.Sub(p.begin).Seconds()
	n := make([]uint64, len(sums))
	for i := range sums {
		n[i] = sums[i] - p.last[i]
	}
	p.begin, p.last = now, sums
	if p.s.JSON {
		return p.s.Out.JSON(record{now, seconds, n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7]})
	}
	var b strings.Builder
	for _, n := range n {
		fmt.Fprintf(&b, " %8.0f", math.Round(float64(n)/max(seconds, 1e-3)))
	}
	return p.s.Out.Printf("%s: %s\n", now.Format("15:04:05"), b.String())
}
