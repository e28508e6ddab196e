package irqs

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/hist"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// printer prints what was measured.
type printer[ID comparable] struct {
	*Options
	kind *Kind[ID]
	s    *toolkit.Session
	sums *toolkit.Fresh[key[ID], sum]
}

func (p *printer[ID]) run(ctx context.Context) error {
	if p.dist {
		return p.report.Run(ctx, p.s, func() (*hist.Histograms, error) {
			fresh, err := p.sums.Next()
			return p.histograms(fresh), err
		})
	}
	return p.report.Rounds.Run(ctx, p.s, func(now time.Time, last bool) error {
		fresh, err := p.sums.Next()
		if err != nil || last && p.report.Interval > 0 && len(fresh) == 0 {
			return err
		}
		return p.totals(now, p.rows(fresh))
	})
}

// histograms sorts what was measured into a histogram for each handler.
func (p *printer[ID]) histograms(fresh map[key[ID]]sum) *hist.Histograms {
	byName := make(map[string][]uint64)
	for k, n := range fresh {
		name := p.kind.Name(k.ID)
		if byName[name] == nil {
			byName[name] = make([]uint64, hist.Slots)
		}
		byName[name][k.Slot] += n.Count
	}
	_, label := p.unit()
	h := &hist.Histograms{Label: label, Header: p.kind.Word}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		h.Sections = append(h.Sections, bccgo.Section{Key: name, Counts: byName[name]})
	}
	return h
}

// row is the total of a handler.
type row struct {
	name string
	sum
}

// rows are the totals, the least first.
func (p *printer[ID]) rows(fresh map[key[ID]]sum) []row {
	var rows []row
	for k, sum := range fresh {
		rows = append(rows, row{p.kind.Name(k.ID), sum})
	}
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(p.value(a), p.value(b)), cmp.Compare(a.name, b.name))
	})
	return rows
}

// value is what is shown of a handler.
func (p *printer[ID]) value(r row) uint64 {
	if p.count {
		return r.Count
	}
	unit, _ := p.unit()
	return r.Ns / uint64(unit)
}

func (p *printer[ID]) totals(now time.Time, rows []row) error {
	if p.s.JSON {
		return p.json(now, rows)
	}
	_, label := p.unit()
	if p.count {
		label = "count"
	}
	var b strings.Builder
	b.WriteByte('\n')
	if p.report.Timestamp {
		b.WriteString(now.Format("15:04:05\n"))
	}
	fmt.Fprintf(&b, "%-*s %11s\n", p.kind.Width, strings.ToUpper(p.kind.Word), "TOTAL_"+label)
	for _, r := range rows {
		fmt.Fprintf(&b, "%-*s %11d\n", p.kind.Width, r.name, p.value(r))
	}
	return p.s.Out.Printf("%s", b.String())
}

// json prints an object for each handler, which it is named in by the kind's word.
func (p *printer[ID]) json(now time.Time, rows []row) error {
	for _, r := range rows {
		object := map[string]any{"time": now, p.kind.Word: r.name, "count": r.Count, "total_ns": r.Ns}
		if err := p.s.Out.JSON(object); err != nil {
			return err
		}
	}
	return nil
}
