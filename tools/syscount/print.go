package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// row is what was counted of a call or of a process; its fields are the JSON
// object's.
type row struct {
	Time    time.Time `json:"time"`
	Syscall string    `json:"syscall,omitempty"`
	Number  *int32    `json:"number,omitempty"`
	Compat  bool      `json:"32_bit,omitempty"`
	PID     int32     `json:"pid,omitempty"`
	Comm    string    `json:"comm,omitempty"`
	Count   uint64    `json:"count"`
	Ns      *uint64   `json:"total_ns,omitempty"`
}

type printer struct {
	*options
	s *toolkit.Session
	// next returns what was counted since the last time.
	next func() (map[key]total, error)
}

// remark says that the tracing has begun. It is no result, and so does not go where
// these go.
func (p *printer) remark() {
	if p.s.JSON {
		return
	}
	what, most := "calls", fmt.Sprintf(", printing the top %d", p.top)
	if p.failures || p.errno != "" {
		what = "failed calls"
	}
	if p.syscall != "" {
		what += " of " + p.syscall
	}
	if p.syscall != "" && !p.process {
		most = ""
	}
	p.s.Warnf("counting %s%s until Ctrl-C", what, most)
}

// report prints what was counted since the last time. When the tracing ends within
// an interval in which there was nothing, nothing is printed.
func (p *printer) report(now time.Time, last bool) error {
	totals, err := p.next()
	if err != nil || last && p.interval > 0 && len(totals) == 0 {
		return err
	}
	rows := p.rows(totals, now)
	if p.s.JSON {
		for _, r := range rows {
			if err := p.s.Out.JSON(r); err != nil {
				return err
			}
		}
		return nil
	}
	return p.s.Out.Printf("%s", p.text(rows, now))
}

// rows are those to print, the first one first.
func (p *printer) rows(totals map[key]total, now time.Time) []row {
	keys := make([]key, 0, len(totals))
	for k := range totals {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b key) int {
		ta, tb := totals[a], totals[b]
		if p.latency && ta.Ns != tb.Ns {
			return cmp.Compare(tb.Ns, ta.Ns)
		}
		return cmp.Or(cmp.Compare(tb.Count, ta.Count), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Compat, b.Compat))
	})
	var rows []row
	for _, k := range keys[:min(p.top, len(keys))] {
		rows = append(rows, p.row(k, totals[k], now))
	}
	return rows
}

func (p *printer) row(k key, t total, now time.Time) row {
	r := row{Time: now, Count: t.Count}
	if p.latency {
		r.Ns = &t.Ns
	}
	if p.process {
		r.PID, r.Comm = k.ID, cmp.Or(toolkit.Comm(uint32(k.ID)), t.Comm.String())
		return r
	}
	r.Number, r.Compat, r.Syscall = &k.ID, k.Compat != 0, callName(k)
	return r
}

// callName is the name of a call by its number. Those of programs of 32 bits are
// not known.
func callName(k key) string {
	if k.Compat != 0 {
		return fmt.Sprintf("[32-bit: %d]", k.ID)
	}
	return bccgo.SyscallName(int(k.ID))
}

// text is the output as a table.
func (p *printer) text(rows []row, now time.Time) []byte {
	var b bytes.Buffer
	title := "SYSCALL"
	if p.process {
		title = "PID    COMM"
	}
	fmt.Fprintf(&b, "[%s]\n%-22s %8s", now.Format(time.TimeOnly), title, "COUNT")
	if p.latency {
		_, _, unit := p.unit()
		fmt.Fprintf(&b, " %16s", "TIME ("+unit+")")
	}
	b.WriteByte('\n')
	for _, r := range rows {
		fmt.Fprintf(&b, "%-22s %8d", p.name(r), r.Count)
		if p.latency {
			per, digits, _ := p.unit()
			fmt.Fprintf(&b, " %16.*f", digits, float64(*r.Ns)/per)
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	return b.Bytes()
}

func (p *printer) name(r row) string {
	if p.process {
		return fmt.Sprintf("%-6d %-15s", r.PID, toolkit.Printable(r.Comm))
	}
	return r.Syscall
}

// unit is that of times: how many nanoseconds it has, with how many digits it is
// shown, and its name.
func (p *printer) unit() (ns float64, digits int, name string) {
	if p.milliseconds {
		return 1e6, 6, "ms"
	}
	return 1e3, 3, "us"
}
