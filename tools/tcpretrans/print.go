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

// retransmit is a packet sent again, or a loss probe; its fields are the JSON
// object's.
type retransmit struct {
	Time  time.Time  `json:"time"`
	PID   uint32     `json:"pid"`
	IP    uint32     `json:"ip"` // 4 or 6
	Laddr netip.Addr `json:"laddr"`
	Lport uint16     `json:"lport"`
	Type  string     `json:"type"` // R or L
	Raddr netip.Addr `json:"raddr"`
	Rport uint16     `json:"rport"`
	State string     `json:"state"`
	// Seq is there with -s.
	Seq *uint32 `json:"seq,omitempty"`

	ktime uint64
}

// printer prints packets.
type printer struct {
	*options
	s *toolkit.Session
}

func (p *printer) heading() error {
	if p.s.JSON {
		return nil
	}
	return p.s.Out.Printf("%s\n", p.columns().Heading())
}

// packet prints one.
func (p *printer) packet(ev *event) error {
	r := &retransmit{
		Time: bccgo.KtimeToTime(ev.Time), PID: ev.PID, IP: ev.Ends.Version,
		Laddr: ev.Ends.Local(), Lport: ev.Ends.Lport, Type: string(rune(ev.Kind)),
		Raddr: ev.Ends.Remote(), Rport: ev.Ends.Rport,
		State: bccgo.TCPStateName(int(ev.State)), ktime: ev.Time,
	}
	if p.sequence {
		r.Seq = &ev.Seq
	}
	if p.s.JSON {
		return p.s.Out.JSON(r)
	}
	return p.s.Out.Printf("%s\n", p.columns().Row(r))
}

// columns are those that the flags ask for.
func (p *printer) columns() inet.Columns[retransmit] {
	var cols inet.Columns[retransmit]
	cols.Add(true, "TIME", 8, func(r *retransmit) string { return inet.Clock(r.ktime) })
	cols.Add(true, "PID", 7, func(r *retransmit) string { return fmt.Sprint(r.PID) })
	cols.Add(true, "IP", 2, func(r *retransmit) string { return fmt.Sprint(r.IP) })
	cols.Add(true, "LADDR:LPORT", 20, func(r *retransmit) string { return fmt.Sprintf("%s:%d", r.Laddr, r.Lport) })
	cols.Add(true, "T>", 2, func(r *retransmit) string { return r.Type + ">" })
	cols.Add(true, "RADDR:RPORT", 20, func(r *retransmit) string { return fmt.Sprintf("%s:%d", r.Raddr, r.Rport) })
	cols.Add(true, "STATE", 12, func(r *retransmit) string { return r.State })
	cols.Add(p.sequence, "SEQ", 10, func(r *retransmit) string { return fmt.Sprint(*r.Seq) })
	return cols
}

// flowCount is how often something was sent again on a connection.
type flowCount struct {
	Laddr       netip.Addr `json:"laddr"`
	Lport       uint16     `json:"lport"`
	Raddr       netip.Addr `json:"raddr"`
	Rport       uint16     `json:"rport"`
	Retransmits uint64     `json:"retransmits"`
}

// printCounts prints counts, those of IPv4 first, and the largest last.
func printCounts(s *toolkit.Session, counts map[inet.Ends]uint64) error {
	rows := make([]flowCount, 0, len(counts))
	for e, n := range counts {
		rows = append(rows, flowCount{e.Local(), e.Lport, e.Remote(), e.Rport, n})
	}
	slices.SortFunc(rows, func(a, b flowCount) int {
		return cmp.Or(cmp.Compare(a.Laddr.BitLen(), b.Laddr.BitLen()), cmp.Compare(a.Retransmits, b.Retransmits),
			a.Laddr.Compare(b.Laddr), a.Raddr.Compare(b.Raddr), cmp.Compare(a.Lport, b.Lport), cmp.Compare(a.Rport, b.Rport))
	})
	if !s.JSON {
		if err := s.Out.Printf("\n%-25s %-25s %s\n", "LADDR:LPORT", "RADDR:RPORT", "RETRANSMITS"); err != nil {
			return err
		}
	}
	for _, r := range rows {
		if err := r.print(s); err != nil {
			return err
		}
	}
	return nil
}

func (r *flowCount) print(s *toolkit.Session) error {
	if s.JSON {
		return s.Out.JSON(r)
	}
	end := func(addr netip.Addr, port uint16) string { return fmt.Sprintf("[%s]#%d", addr, port) }
	return s.Out.Printf("%-20s <-> %-20s %10d\n", end(r.Laddr, r.Lport), end(r.Raddr, r.Rport), r.Retransmits)
}
