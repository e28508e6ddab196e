package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/runtimes"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// counter reads what the program has counted; a part that is not there is nil.
type counter struct {
	methods  *runtimes.Totals[runtimes.MethodName]
	syscalls *runtimes.Totals[uint32]
	untold   *bccgo.TypedMap[int32, uint64]
	// why tells of a runtime that does not tell of all calls.
	why string
}

func newCounter(m *bccgo.Module, p *plan) (c *counter, err error) {
	c = &counter{}
	if p.process != nil {
		if c.methods, err = runtimes.NewTotals[runtimes.MethodName](m, "totals"); err != nil {
			return nil, err
		}
	}
	if p.process != nil && p.latency {
		if c.untold, err = bccgo.Map[int32, uint64](m, "untold"); err != nil {
			return nil, err
		}
	}
	if p.language == "python" {
		c.why = ": Python 3.11 tells of calls only in threads that are profiled, as by -m cProfile"
	}
	if p.syscalls {
		c.syscalls, err = runtimes.NewTotals[uint32](m, "systotals")
	}
	return c, err
}

// remark tells of returns without calls.
func (c *counter) remark(s *toolkit.Session) error {
	if c.untold == nil {
		return nil
	}
	n, err := c.untold.Lookup(0)
	if err != nil {
		return fmt.Errorf("read how many calls were not told: %w", err)
	}
	if n > 0 {
		s.Warnf("%d returns without a call%s", n, c.why)
	}
	return nil
}

// row is a method or a system call; its fields are the JSON object's.
type row struct {
	At      time.Time `json:"time,omitzero"` // of the report
	Class   string    `json:"class,omitempty"`
	Method  string    `json:"method,omitempty"`
	Syscall string    `json:"syscall,omitempty"`
	Calls   uint64    `json:"calls"`
	Time    uint64    `json:"time_ns,omitempty"`

	label string
}

// next returns the rows of what was called since the last time.
func (c *counter) next() ([]row, error) {
	var rows []row
	if c.methods != nil {
		methods, err := c.methods.Next()
		if err != nil {
			return nil, err
		}
		for m, t := range methods {
			rows = append(rows, row{Class: m.ClassText(), Method: m.NameText(), Calls: t.Count, Time: t.Sum, label: m.String()})
		}
	}
	if c.syscalls != nil {
		calls, err := c.syscalls.Next()
		if err != nil {
			return nil, err
		}
		for number, t := range calls {
			name := bccgo.SyscallName(int(number))
			rows = append(rows, row{Syscall: name, Calls: t.Count, Time: t.Sum, label: name})
		}
	}
	return rows, nil
}

type printer struct {
	*options
	s *toolkit.Session
}

// report prints what was called since the last time.
func (p *printer) report(c *counter) error {
	rows, err := c.next()
	if err != nil {
		return err
	}
	now := time.Now()
	for i := range rows {
		rows[i].At = now
	}
	return p.print(p.choose(rows))
}

// choose sorts rows, the largest last, and leaves out those that are not wanted.
func (p *printer) choose(rows []row) []row {
	slices.SortFunc(rows, func(a, b row) int {
		byTime := 0
		if p.latency {
			byTime = cmp.Compare(a.Time, b.Time)
		}
		return cmp.Or(byTime, cmp.Compare(a.Calls, b.Calls), cmp.Compare(a.label, b.label))
	})
	if p.top > 0 && p.top < len(rows) {
		rows = rows[len(rows)-p.top:]
	}
	return rows
}

func (p *printer) print(rows []row) error {
	if !p.s.JSON {
		if err := p.s.Out.Printf("\n%-50s %8s%s\n", "METHOD", "# CALLS", p.timeHeading()); err != nil {
			return err
		}
	}
	for _, r := range rows {
		if err := p.printRow(r); err != nil {
			return err
		}
	}
	return nil
}

func (p *printer) timeHeading() string {
	switch {
	case !p.latency:
		return ""
	case p.milliseconds:
		return " TIME (ms)"
	}
	return " TIME (us)"
}

func (p *printer) printRow(r row) error {
	switch {
	case p.s.JSON:
		return p.s.Out.JSON(r)
	case !p.latency:
		return p.s.Out.Printf("%-50s %8d\n", r.label, r.Calls)
	}
	took := float64(r.Time) / 1e3
	if p.milliseconds {
		took /= 1e3
	}
	return p.s.Out.Printf("%-50s %8d %9.2f\n", r.label, r.Calls, took)
}
