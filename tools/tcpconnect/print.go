package main

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// connection is a connect; its fields are the JSON object's.
type connection struct {
	Time  time.Time  `json:"time"`
	PID   uint32     `json:"pid"`
	UID   uint32     `json:"uid"`
	Comm  string     `json:"comm"`
	IP    uint32     `json:"ip"` // 4 or 6
	Saddr netip.Addr `json:"saddr"`
	Lport uint16     `json:"lport,omitempty"` // 0 if not known
	Daddr netip.Addr `json:"daddr"`
	Dport uint16     `json:"dport"`
	// Query is the name asked for and QueryAge how many seconds before, with -d.
	Query    string  `json:"query,omitempty"`
	QueryAge float64 `json:"query_age,omitempty"`

	ktime uint64
}

// printer prints connections.
type printer struct {
	*options
	s *toolkit.Session
	// find returns the name that led to an address; nil without -d.
	find  func(addr netip.Addr, at time.Time) (string, time.Duration, error)
	since inet.Since
}

// connection prints one.
func (p *printer) connection(ev *event) error {
	c := &connection{
		Time: bccgo.KtimeToTime(ev.Time), PID: ev.PID, UID: ev.UID, Comm: ev.Comm.String(), IP: ev.Ends.Version,
		Saddr: ev.Ends.Local(), Lport: ev.Ends.Lport, Daddr: ev.Ends.Remote(), Dport: ev.Ends.Rport,
		ktime: ev.Time,
	}
	if p.find != nil {
		query, age, err := p.find(c.Daddr, c.Time)
		if err != nil {
			return err
		}
		c.Query, c.QueryAge = query, age.Seconds()
	}
	if p.s.JSON {
		return p.s.Out.JSON(c)
	}
	return p.s.Out.Printf("%s\n", p.columns().Row(c))
}

func (p *printer) heading() error {
	if p.s.JSON {
		return nil
	}
	return p.s.Out.Printf("%s\n", p.columns().Heading())
}

// columns are those that the flags ask for, in order.
func (p *printer) columns() inet.Columns[connection] {
	var cols inet.Columns[connection]
	// A connection whose port was waited for may have begun before others.
	seconds := func(c *connection) string { return p.since.Stamp(c.ktime) }
	cols.Add(p.timestamp, "TIME(s)", 8, seconds)
	cols.Add(p.printUID, "UID", 5, func(c *connection) string { return fmt.Sprint(c.UID) })
	cols.Add(true, "PID", 7, func(c *connection) string { return fmt.Sprint(c.PID) })
	cols.Add(true, "COMM", 12, func(c *connection) string { return toolkit.Printable(c.Comm) })
	cols.Add(true, "IP", 2, func(c *connection) string { return fmt.Sprint(c.IP) })
	cols.Add(true, "SADDR", 16, func(c *connection) string { return c.Saddr.String() })
	cols.Add(p.lport, "LPORT", 6, (*connection).lportText)
	cols.Add(true, "DADDR", 16, func(c *connection) string { return c.Daddr.String() })
	cols.Add(true, "DPORT", 5, func(c *connection) string { return fmt.Sprint(c.Dport) })
	cols.Add(p.dns, "QUERY", 0, (*connection).queryText)
	return cols
}

func (c *connection) lportText() string {
	if c.Lport == 0 {
		return "-"
	}
	return fmt.Sprint(c.Lport)
}

// queryText has the time since the answer if that is long.
func (c *connection) queryText() string {
	const long = 0.1 // seconds
	switch {
	case c.Query == "":
		return "No DNS Query"
	case c.QueryAge > long:
		return fmt.Sprintf("%s (%.3fms)", toolkit.Printable(c.Query), c.QueryAge*1e3)
	}
	return toolkit.Printable(c.Query)
}

// flowCount is how many connections went from an address to a port of another.
type flowCount struct {
	Saddr    netip.Addr `json:"saddr"`
	Daddr    netip.Addr `json:"daddr"`
	Dport    uint16     `json:"dport"`
	Connects uint64     `json:"connects"`
}

// printCounts prints counts, the largest first.
func printCounts(s *toolkit.Session, counts map[inet.Ends]uint64) error {
	rows := make([]flowCount, 0, len(counts))
	for f, n := range counts {
		rows = append(rows, flowCount{f.Local(), f.Remote(), f.Rport, n})
	}
	slices.SortFunc(rows, func(a, b flowCount) int {
		return cmp.Or(cmp.Compare(b.Connects, a.Connects), a.Saddr.Compare(b.Saddr), a.Daddr.Compare(b.Daddr), cmp.Compare(a.Dport, b.Dport))
	})
	if s.JSON {
		for _, r := range rows {
			if err := s.Out.JSON(r); err != nil {
				return err
			}
		}
		return nil
	}
	if err := s.Out.Printf("\n%-25s %-25s %-20s %s\n", "LADDR", "RADDR", "RPORT", "CONNECTS"); err != nil {
		return err
	}
	for _, r := range rows {
		if err := s.Out.Printf("%-25s %-25s %-20d %d\n", r.Saddr, r.Daddr, r.Dport, r.Connects); err != nil {
			return err
		}
	}
	return nil
}
