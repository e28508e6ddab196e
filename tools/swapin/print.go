package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// row is a row; its fields are the JSON object's.
type row struct {
	Time  time.Time `json:"time"` // the interval's end
	Comm  string    `json:"comm"`
	PID   uint32    `json:"pid"`
	Count uint64    `json:"count"`
}

// printer prints what was counted in intervals.
type printer struct {
	*options
	s *toolkit.Session
}

// print prints an interval that ended at now, the most last.
func (p *printer) print(now time.Time, counts map[process]uint64) error {
	processes := slices.SortedFunc(maps.Keys(counts), func(a, b process) int {
		return cmp.Or(cmp.Compare(counts[a], counts[b]), cmp.Compare(a.PID, b.PID), slices.Compare(a.Comm[:], b.Comm[:]))
	})
	var b strings.Builder
	if !p.noTime {
		b.WriteString(now.Format("15:04:05\n"))
	}
	fmt.Fprintf(&b, "%-16s %-7s %s\n", "COMM", "PID", "COUNT")
	for _, process := range processes {
		r := row{now, process.Comm.String(), process.PID, counts[process]}
		fmt.Fprintf(&b, "%-16s %-7d %d\n", toolkit.Printable(r.Comm), r.PID, r.Count)
		if p.s.JSON {
			if err := p.s.Out.JSON(r); err != nil {
				return err
			}
		}
	}
	if p.s.JSON {
		return nil
	}
	return p.s.Out.Printf("%s\n", b.String())
}
