package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/bccgo/bcc/tools/internal/hist"
	"github.com/bccgo/bcc/tools/internal/sched"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// printer prints what was counted.
type printer struct {
	*options
	// next returns what was counted since the last time.
	next func() (map[uint64][]uint64, total, error)
	// sum is what next returned last.
	sum total
}

// summary is what -e prints; its fields are the JSON object's.
type summary struct {
	Time    string `json:"ts"`
	ValType string `json:"val_type"`
	Average uint64 `json:"avg"`
	Total   uint64 `json:"total"`
	Count   uint64 `json:"count"`
}

func (p *printer) histograms() (*hist.Histograms, error) {
	groups, sum, err := p.next()
	p.sum = sum
	h := &hist.Histograms{Label: p.unit.Label(), Sections: sched.Sections(groups, withName)}
	switch {
	case p.pids:
		h.Header = "pid"
	case p.tids:
		h.Header = "tid"
	}
	return h, err
}

// withName is a process's or thread's number with its name, if it is still there.
func withName(id uint64) string {
	name := toolkit.Comm(uint32(id))
	if id == 0 {
		name = "[idle]"
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", id, toolkit.Printable(name)))
}

func (p *printer) print(s *toolkit.Session, now time.Time, h *hist.Histograms) error {
	if err := p.report.PrintHistograms(s, now, h); err != nil || !p.extension || p.sum.Count == 0 {
		return err
	}
	total := p.sum.Ns / uint64(p.unit.Duration())
	sum := summary{now.Format(time.DateTime), p.unit.Label(), total / p.sum.Count, total, p.sum.Count}
	if s.JSON {
		return s.Out.JSON(sum)
	}
	return s.Out.Printf("\navg = %d %s, total: %d %s, count: %d\n", sum.Average, sum.ValType, sum.Total, sum.ValType, sum.Count)
}
