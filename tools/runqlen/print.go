package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/bccgo/bcc/tools/internal/hist"
	"github.com/bccgo/bcc/tools/internal/sched"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// printer prints what was sampled.
type printer struct {
	*options
	// next returns the counts of lengths by processor since the last time.
	next func() (map[uint64][]uint64, error)
}

func (p *printer) histograms() (*hist.Histograms, error) {
	groups, err := p.next()
	h := &hist.Histograms{Label: "runqlen", Linear: true}
	if p.cpus {
		h.Header = "cpu"
	}
	h.Sections = sched.Sections(groups, func(cpu uint64) string { return fmt.Sprint(cpu) })
	return h, err
}

// occupied is how often threads waited; its fields are the JSON object's.
type occupied struct {
	Time    string  `json:"ts"`
	CPU     string  `json:"cpu,omitempty"`
	Percent float64 `json:"runqocc"`
	Samples uint64  `json:"samples"`
}

// occupancy prints the part of the samples in which threads waited.
func (p *printer) occupancy(s *toolkit.Session, now time.Time, h *hist.Histograms) error {
	var b strings.Builder
	for _, section := range h.Sections {
		o := occupied{Time: now.Format(time.DateTime)}
		for length, n := range section.Counts {
			o.Samples += n
			if length > 0 {
				o.Percent += float64(n)
			}
		}
		o.Percent *= 100 / float64(o.Samples)
		if p.cpus {
			o.CPU = fmt.Sprint(section.Key)
			fmt.Fprintf(&b, "runqocc, CPU %-3s %6.2f%%\n", o.CPU, o.Percent)
		} else {
			fmt.Fprintf(&b, "runqocc: %0.2f%%\n", o.Percent)
		}
		if s.JSON {
			if err := s.Out.JSON(o); err != nil {
				return err
			}
		}
	}
	if s.JSON {
		return nil
	}
	return s.Out.Printf("%s%s", p.report.Heading(now), b.String())
}
