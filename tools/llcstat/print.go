package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// key is the program's struct key, and count its struct count.
type key struct {
	CPU, PID, TID uint32
	Comm          bccgo.Comm
}

type count struct{ References, Misses uint64 }

// hitRatio is 0 to 1. As both are sampled, there may seem to be more misses than
// references.
func (c count) hitRatio() float64 {
	if c.References <= c.Misses {
		return 0
	}
	return float64(c.References-c.Misses) / float64(c.References)
}

// record is a line of --json.
type record struct {
	Time       time.Time  `json:"time"`
	PID        uint32     `json:"pid"`
	TID        uint32     `json:"tid,omitempty"`
	Comm       bccgo.Comm `json:"comm"`
	CPU        uint32     `json:"cpu"`
	References uint64     `json:"references"`
	Misses     uint64     `json:"misses"`
	HitRatio   float64    `json:"hit_ratio"`
}

// printer prints what was counted.
type printer struct {
	s        *toolkit.Session
	byThread bool
}

func (p *printer) report(counts *bccgo.TypedMap[key, count], now time.Time) error {
	all := make(map[key]count)
	for k, c := range counts.All() {
		all[k] = c
	}
	if err := counts.Err(); err != nil {
		return fmt.Errorf("read the counts: %w", err)
	}
	return p.print(all, now)
}

// print prints those with the most references first, and their sum.
func (p *printer) print(all map[key]count, now time.Time) error {
	var keys []key
	var sum count
	for k, c := range all {
		keys = append(keys, k)
		sum.References += c.References
		sum.Misses += c.Misses
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(all[b].References, all[a].References), cmp.Compare(all[b].Misses, all[a].Misses),
			cmp.Compare(a.PID, b.PID), cmp.Compare(a.TID, b.TID), cmp.Compare(a.CPU, b.CPU), cmp.Compare(a.Comm.String(), b.Comm.String()))
	})
	if err := p.heading(); err != nil {
		return err
	}
	for _, k := range keys {
		if err := p.row(k, all[k], now); err != nil {
			return err
		}
	}
	if p.s.JSON {
		return nil
	}
	return p.s.Out.Printf("Total References: %d Total Misses: %d Hit Rate: %.2f%%\n", sum.References, sum.Misses, 100*sum.hitRatio())
}

func (p *printer) heading() error {
	if p.s.JSON {
		return nil
	}
	thread := ""
	if p.byThread {
		thread = fmt.Sprintf("%-8s ", "TID")
	}
	return p.s.Out.Printf("%-8s %s%-16s %-4s %12s %12s %7s\n", "PID", thread, "NAME", "CPU", "REFERENCE", "MISS", "HIT%")
}

func (p *printer) row(k key, c count, now time.Time) error {
	r := record{now, k.PID, 0, k.Comm, k.CPU, c.References, c.Misses, c.hitRatio()}
	thread := ""
	if p.byThread {
		r.TID = k.TID
		thread = fmt.Sprintf("%-8d ", k.TID)
	}
	if p.s.JSON {
		return p.s.Out.JSON(r)
	}
	return p.s.Out.Printf("%-8d %s%-16s %-4d %12d %12d %6.2f%%\n",
		k.PID, thread, toolkit.Printable(k.Comm.String()), k.CPU, c.References, c.Misses, 100*r.HitRatio)
}
