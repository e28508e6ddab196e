package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/hist"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// printer prints what was counted.
type printer struct {
	*options
	s *toolkit.Session
}

// record is a line of --json.
type record struct {
	Time time.Time `json:"time"`
	// Function is empty for all together.
	Function string `json:"function,omitempty"`
	// Unit is that of Average, Total and the intervals.
	Unit    string                    `json:"unit"`
	Average uint64                    `json:"avg"`
	Total   uint64                    `json:"total"`
	Count   uint64                    `json:"count"`
	Data    []bccgo.HistogramInterval `json:"data"`
}

// report prints what was counted since the last time. When the tracing ends
// within an interval in which there was nothing, nothing is printed.
func (p *printer) report(c *counter, now time.Time, last bool) error {
	found, err := c.next(p.byFunction)
	if err != nil {
		return err
	}
	p.pictures.Draw(now, p.histograms(found))
	if last && p.interval > 0 && len(found) == 0 {
		return nil
	}
	if p.s.JSON {
		return p.json(found, now)
	}
	text, err := p.text(found, now)
	if err != nil {
		return err
	}
	return p.s.Out.Printf("%s", text)
}

func (p *printer) json(found map[string]*times, now time.Time) error {
	for _, name := range slices.Sorted(maps.Keys(found)) {
		r := p.summarize(found[name].total)
		h, err := bccgo.Log2JSON(r.Unit, found[name].slots)
		if err != nil {
			return err
		}
		r.Time, r.Function, r.Data = now, name, h.Data
		if err := p.s.Out.JSON(r); err != nil {
			return err
		}
	}
	return nil
}

// summarize turns a sum into units.
func (p *printer) summarize(sum total) record {
	unit, label := p.unit()
	r := record{Unit: label, Total: sum.Ns / uint64(unit), Count: sum.Count}
	if r.Count > 0 {
		r.Average = r.Total / r.Count
	}
	return r
}

func (p *printer) text(found map[string]*times, now time.Time) ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('\n')
	if p.timestamp {
		b.WriteString(now.Format("15:04:05\n"))
	}
	_, label := p.unit()
	var err error
	if p.byFunction {
		h := p.histograms(found)
		err = bccgo.PrintLog2Keyed(&b, label, h.Sections, &bccgo.HistogramOptions{SectionHeader: h.Header})
	} else if t := found[""]; t != nil {
		err = bccgo.PrintLog2(&b, label, t.slots, nil)
	}
	var sum total
	for _, t := range found {
		sum.Count += t.Count
		sum.Ns += t.Ns
	}
	if r := p.summarize(sum); r.Count > 0 {
		fmt.Fprintf(&b, "\navg = %d %s, total: %d %s, count: %d\n", r.Average, label, r.Total, label, r.Count)
	}
	return b.Bytes(), err
}

// histograms are those of the functions, or of all together.
func (p *printer) histograms(found map[string]*times) *hist.Histograms {
	_, label := p.unit()
	h := &hist.Histograms{Label: label}
	if p.byFunction {
		h.Header = "Function"
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		h.Sections = append(h.Sections, bccgo.Section{Key: toolkit.Printable(name), Counts: found[name].slots})
	}
	return h
}
