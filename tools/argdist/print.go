package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// errEnough ends the tool after --number outputs.
var errEnough = errors.New("all outputs are there")

// printer prints what was counted.
type printer struct {
	*options
	s       *toolkit.Session
	probes  []*probe
	outputs int
}

// record is a line of --json.
type record struct {
	Time time.Time `json:"time"`
	// Probe is the label, or else the specifier.
	Probe  string      `json:"probe"`
	Values []jsonValue `json:"values"`
	Count  uint64      `json:"count"`
	// Data is a histogram of Of.
	Of   string                    `json:"of,omitempty"`
	Data []bccgo.HistogramInterval `json:"data,omitempty"`
}

type jsonValue struct {
	Expr  string      `json:"expr"`
	Value bccgo.Value `json:"value"`
}

// report prints an output. When the tracing ends within an interval in which there
// was nothing, nothing is printed.
func (p *printer) report(c *counter, now time.Time, last bool) error {
	p.outputs++
	enough := p.outputs == p.number
	if err := c.endPeriod(last || enough); err != nil {
		return err
	}
	all, seen := make([][]*row, len(p.probes)), false
	for i, one := range p.probes {
		var err error
		if all[i], err = c.read(one); err != nil {
			return err
		}
		seen = seen || len(all[i]) > 0
	}
	if seen || enough || !last {
		if err := p.print(all, now); err != nil {
			return err
		}
	}
	if enough {
		return errEnough
	}
	return nil
}

func (p *printer) print(all [][]*row, now time.Time) error {
	if p.s.JSON {
		return p.json(all, now)
	}
	var b bytes.Buffer
	b.WriteString(now.Format("[15:04:05]\n"))
	for i, one := range p.probes {
		if err := p.text(&b, one, all[i]); err != nil {
			return err
		}
	}
	return p.s.Out.Printf("%s", b.Bytes())
}

// order sorts rows, those that were seen most last, and leaves out those that are
// not in the top. Histograms go by their values.
func (p *printer) order(one *probe, rows []*row) []*row {
	slices.SortFunc(rows, func(a, b *row) int {
		byValues := compareValues(a.values, b.values)
		if one.histogram {
			return byValues
		}
		return cmp.Or(cmp.Compare(a.count, b.count), byValues)
	})
	if p.top > 0 && !one.histogram && len(rows) > p.top {
		rows = rows[len(rows)-p.top:]
	}
	return rows
}

// compareValues compares numbers as such, and other values as text.
func compareValues(a, b []bccgo.Value) int {
	return slices.CompareFunc(a, b, func(x, y bccgo.Value) int {
		m, okM := x.Int()
		n, okN := y.Int()
		if okM && okN {
			return cmp.Compare(m, n)
		}
		return strings.Compare(x.String(), y.String())
	})
}

func (p *printer) text(b *bytes.Buffer, one *probe, rows []*row) error {
	rows = p.order(one, rows)
	if one.histogram {
		return one.printHistograms(b, rows)
	}
	fmt.Fprintf(b, "%s\n\t%-10s %s\n", toolkit.Printable(one.name()), "COUNT", "EVENT")
	for _, r := range rows {
		fmt.Fprintf(b, "\t%-10d %s\n", r.count, one.event(r))
	}
	return nil
}

// event describes the values of a row.
func (p *probe) event(r *row) string {
	var list []string
	for i, v := range r.values {
		list = append(list, p.values[i].shown+" = "+printable(v))
	}
	if len(list) == 0 {
		return "total calls"
	}
	return toolkit.Printable(strings.Join(list, ", "))
}

// printable is a value as text. The ends of strings are not known to be such: they
// are printed as they are.
func printable(v bccgo.Value) string {
	if s, ok := v.Text(); ok {
		return toolkit.Printable(s)
	}
	return v.String()
}

func (p *probe) printHistograms(b *bytes.Buffer, rows []*row) error {
	last := len(p.values) - 1
	label := cmp.Or(p.label, p.values[last].shown)
	if len(rows) == 0 {
		return nil
	}
	if last == 0 {
		return bccgo.PrintLog2(b, label, rows[0].slots, nil)
	}
	var names []string
	for _, v := range p.values[:last] {
		names = append(names, v.shown)
	}
	var sections []bccgo.Section
	for _, r := range rows {
		var list []string
		for _, v := range r.values {
			list = append(list, printable(v))
		}
		sections = append(sections, bccgo.Section{Key: strings.Join(list, ", "), Counts: r.slots})
	}
	return bccgo.PrintLog2Keyed(b, label, sections, &bccgo.HistogramOptions{SectionHeader: strings.Join(names, ", ")})
}

func (p *printer) json(all [][]*row, now time.Time) error {
	for i, one := range p.probes {
		for _, r := range p.order(one, all[i]) {
			line := record{Time: now, Probe: one.name(), Values: []jsonValue{}, Count: r.count}
			for j, v := range r.values {
				line.Values = append(line.Values, jsonValue{one.values[j].shown, v})
			}
			if one.histogram {
				line.Of = one.values[len(r.values)].shown
				h, err := bccgo.Log2JSON(line.Of, r.slots)
				if err != nil {
					return err
				}
				line.Data = h.Data
			}
			if err := p.s.Out.JSON(line); err != nil {
				return err
			}
		}
	}
	return nil
}
