package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/bccgo/bcc/tools/internal/runtimes"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// row is a type, or a size of blocks; its fields are the JSON object's.
type row struct {
	Time   time.Time `json:"time,omitzero"` // of the report
	Type   string    `json:"type"`
	Allocs uint64    `json:"allocs"`
	Bytes  uint64    `json:"bytes"`
}

type printer struct {
	*options
	s     *toolkit.Session
	kinds []string // nil for C
}

// report prints what was made since the last time.
func (p *printer) report(totals *runtimes.Totals[objectType]) error {
	fresh, err := totals.Next()
	if err != nil {
		return err
	}
	now := time.Now()
	var rows []row
	for t, total := range fresh {
		rows = append(rows, row{now, p.name(&t), total.Count, total.Sum})
	}
	return p.print(p.choose(rows))
}

func (p *printer) name(t *objectType) string {
	switch {
	case p.kinds == nil:
		return fmt.Sprintf("block size %d", t.Size)
	case p.kinds[t.Kind] != "":
		return p.kinds[t.Kind]
	}
	return runtimes.ShowText(t.Name[:], t.Flags)
}

// choose sorts rows, the largest last, and leaves out those that are not wanted.
func (p *printer) choose(rows []row) []row {
	slices.SortFunc(rows, func(a, b row) int {
		byCount, bySize := cmp.Compare(a.Allocs, b.Allocs), cmp.Compare(a.Bytes, b.Bytes)
		if p.topCount > 0 {
			return cmp.Or(byCount, bySize, cmp.Compare(a.Type, b.Type))
		}
		return cmp.Or(bySize, byCount, cmp.Compare(a.Type, b.Type))
	})
	if top := max(p.topCount, p.topSize); top > 0 && top < len(rows) {
		rows = rows[len(rows)-top:]
	}
	return rows
}

func (p *printer) print(rows []row) error {
	if !p.s.JSON {
		if err := p.s.Out.Printf("\n%-30s %8s %12s\n", "NAME/TYPE", "# ALLOCS", "# BYTES"); err != nil {
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

func (p *printer) printRow(r row) error {
	if p.s.JSON {
		return p.s.Out.JSON(r)
	}
	return p.s.Out.Printf("%-30s %8d %12d\n", r.Type, r.Allocs, r.Bytes)
}
