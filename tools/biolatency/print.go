package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/blockio"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// printer prints what was counted.
type printer struct {
	*options
	s     *toolkit.Session
	disks *blockio.Disks
	// letters tells that groups of flags are letters of tracepoints.
	letters bool
}

// heading says that the tracing has begun. It is no result, and so does not go
// where these go.
func (p *printer) heading() {
	if !p.s.JSON {
		p.s.Warnf("timing disk requests until Ctrl-C")
	}
}

// report prints what was counted since the last time. When the tracing ends
// within an interval in which there was nothing, nothing is printed.
func (p *printer) report(c *counter, now time.Time, last bool) error {
	groups, sum, err := c.next()
	if err != nil || last && p.interval > 0 && len(groups) == 0 {
		return err
	}
	if p.s.JSON {
		return p.reportJSON(groups, sum, now)
	}
	return p.reportText(groups, sum, now)
}

func (p *printer) reportText(groups map[uint64][]uint64, sum total, now time.Time) error {
	var b bytes.Buffer
	b.WriteByte('\n')
	if p.timestamp {
		b.WriteString(now.Format("15:04:05\n"))
	}
	_, label := p.unit()
	var err error
	if header := p.header(); header != "" {
		err = bccgo.PrintLog2Keyed(&b, label, p.sections(groups), &bccgo.HistogramOptions{SectionHeader: header})
	} else {
		err = bccgo.PrintLog2(&b, label, groups[0], nil)
	}
	if err != nil {
		return err
	}
	if p.extension && sum.Count > 0 {
		s := p.summarize(sum, now)
		fmt.Fprintf(&b, "\navg = %d %s, total: %d %s, count: %d\n", s.Average, label, s.Total, label, s.Count)
	}
	return p.s.Out.Printf("%s", b.Bytes())
}

func (p *printer) reportJSON(groups map[uint64][]uint64, sum total, now time.Time) error {
	var b bytes.Buffer
	_, label := p.unit()
	var err error
	if header := p.header(); header != "" {
		err = bccgo.PrintLog2JSONKeyed(&b, label, p.sections(groups), &bccgo.HistogramOptions{SectionHeader: header})
	} else {
		err = bccgo.PrintLog2JSON(&b, label, groups[0])
	}
	if err == nil {
		err = p.s.Out.Printf("%s", b.Bytes())
	}
	if err == nil && p.extension && sum.Count > 0 {
		err = p.s.Out.JSON(p.summarize(sum, now))
	}
	return err
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
