package main

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// symbolForm is how frames are shown.
var symbolForm = &bccgo.SymOptions{Offset: true, Module: true}

// printer prints reports.
type printer struct {
	*options
	s   *toolkit.Session
	now func() time.Time
	// comm is the process's name, for folded stacks.
	comm string
}

// plain tells whether reports are for people.
func (p *printer) plain() bool { return !p.s.JSON && !p.folded }

// report prints the entries of one time, the largest last.
func (p *printer) report(entries []*entry) error {
	switch now := p.now(); {
	case p.s.JSON:
		return p.reportJSON(entries, now.Format(time.RFC3339Nano))
	case p.folded:
		return p.reportFolded(entries)
	default:
		return p.reportPlain(entries, now.Format(time.TimeOnly))
	}
}

func (p *printer) reportPlain(entries []*entry, now string) error {
	if err := p.s.Out.Printf("[%s] Top %d stacks with outstanding allocations:\n", now, p.top); err != nil {
		return err
	}
	var allocs []outstanding
	for _, e := range entries {
		allocs = append(allocs, e.Allocs...)
	}
	slices.SortFunc(allocs, func(a, b outstanding) int {
		return cmp.Or(cmp.Compare(a.Size, b.Size), cmp.Compare(a.Address, b.Address))
	})
	for _, a := range allocs {
		if err := p.s.Out.Printf("\taddr = %x size = %d\n", a.Address, a.Size); err != nil {
			return err
		}
	}
	for _, e := range entries {
		if err := p.s.Out.Printf("\t%d bytes in %d allocations from stack\n", e.Bytes, e.Count); err != nil {
			return err
		}
		if err := p.frames(e); err != nil {
			return err
		}
	}
	return nil
}

func (p *printer) frames(e *entry) error {
	if e.key == 0 {
		return p.s.Out.Printf("\t\t[unknown: no room for another stack]\n")
	}
	for _, f := range e.frames {
		if err := p.s.Out.Printf("\t\t0x%016x\t%s\n", f.Addr, toolkit.Printable(f.Format(symbolForm))); err != nil {
			return err
		}
	}
	return nil
}

func (p *printer) reportJSON(entries []*entry, now string) error {
	for _, e := range entries {
		e.Time, e.Stack = now, bccgo.FrameNames(e.frames, symbolForm)
		slices.SortFunc(e.Allocs, func(a, b outstanding) int { return cmp.Compare(a.Address, b.Address) })
		if err := p.s.Out.JSON(e); err != nil {
			return err
		}
	}
	return nil
}

func (p *printer) reportFolded(entries []*entry) error {
	var stacks []bccgo.FoldedStack
	for _, e := range entries {
		names := bccgo.FrameNames(e.frames, nil)
		if p.kernel() {
			stacks = append(stacks, bccgo.FoldedStack{Comm: "kernel", Kernel: names, Count: e.Bytes})
			continue
		}
		stacks = append(stacks, bccgo.FoldedStack{Comm: p.comm, User: names, Count: e.Bytes})
	}
	var b strings.Builder
	if err := bccgo.WriteFolded(&b, stacks...); err != nil {
		return err
	}
	return p.s.Out.Printf("%s", b.String())
}
