package main

import (
	"maps"
	"slices"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/blockio"
	"github.com/bccgo/bcc/tools/internal/hist"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// printer prints what was counted.
type printer struct {
	*options
	disks *blockio.Disks
	// letters tells that groups of flags are letters of tracepoints.
	letters bool
	// sum is that of the histograms to print.
	sum total
}

// next is what was counted since the last time.
func (p *printer) next(c *counter) (*hist.Histograms, error) {
	groups, sum, err := c.next()
	if err != nil {
		return nil, err
	}
	p.sum = sum
	return p.histograms(groups), nil
}

// histograms are the groups below their names, if there are several.
func (p *printer) histograms(groups map[uint64][]uint64) *hist.Histograms {
	_, label := p.unit()
	h := &hist.Histograms{Label: label, Header: p.header()}
	if h.Header != "" {
		h.Sections = p.sections(groups)
	} else if counts := groups[0]; counts != nil {
		h.Sections = []bccgo.Section{{Key: "", Counts: counts}}
	}
	return h
}

// print prints histograms, and their sum if that is asked for.
func (p *printer) print(s *toolkit.Session, now time.Time, h *hist.Histograms) error {
	err := p.report.PrintHistograms(s, now, h)
	if err != nil || !p.extension || p.sum.Count == 0 {
		return err
	}
	sum := p.summarize(p.sum, now)
	if s.JSON {
		return s.Out.JSON(sum)
	}
	return s.Out.Printf("\navg = %d %s, total: %d %s, count: %d\n", sum.Average, h.Label, sum.Total, h.Label, sum.Count)
}

// header is the word before each histogram's key, "" for a single histogram.
func (p *printer) header() string {
	switch {
	case p.options.disks:
		return "disk"
	case p.byFlags:
		return "flags"
	}
	return ""
}

// sections are the groups by name. Those of the same name are one.
func (p *printer) sections(groups map[uint64][]uint64) []bccgo.Section {
	byName := make(map[string][]uint64)
	for group, counts := range groups {
		name := p.groupName(group)
		if byName[name] == nil {
			byName[name] = make([]uint64, slots)
		}
		for slot, n := range counts {
			byName[name][slot] += n
		}
	}
	var sections []bccgo.Section
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		sections = append(sections, bccgo.Section{Key: name, Counts: byName[name]})
	}
	return sections
}

func (p *printer) groupName(group uint64) string {
	switch {
	case p.options.disks:
		return p.disks.Name(group)
	case p.letters:
		return lettersText(group)
	}
	return flagsText(group)
}

// summary is what -e prints; its fields are the JSON object's.
type summary struct {
	Time    string `json:"ts"`
	ValType string `json:"val_type"`
	Average uint64 `json:"avg"`
	Total   uint64 `json:"total"`
	Count   uint64 `json:"count"`
}

// summarize turns a sum, which must have counted something, into units.
func (p *printer) summarize(sum total, now time.Time) summary {
	unit, label := p.unit()
	inUnits := sum.Ns / uint64(unit)
	return summary{now.Format(time.DateTime), label, inUnits / sum.Count, inUnits, sum.Count}
}
