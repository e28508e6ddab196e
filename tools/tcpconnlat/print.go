package main

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// connection is an answered connection; its fields are the JSON object's.
type connection struct {
	Time  time.Time  `json:"time"` // of the answer
	PID   uint32     `json:"pid"`
	UID   uint32     `json:"uid"`
	Comm  string     `json:"comm"`
	IP    uint32     `json:"ip"` // 4 or 6
	Saddr netip.Addr `json:"saddr"`
	Lport uint16     `json:"lport"`
	Daddr netip.Addr `json:"daddr"`
	Dport uint16     `json:"dport"`
	MS    float64    `json:"latency_ms"`
	// Refused means that the answer was a refusal.
	Refused bool `json:"refused"`

	ktime uint64
}

func (ev *event) connection() *connection {
	return &connection{
		Time: bccgo.KtimeToTime(ev.Time), PID: ev.Task.PID, UID: ev.Task.UID, Comm: ev.Task.Comm.String(),
		IP: ev.Ends.Version, Saddr: ev.Ends.Local(), Lport: ev.Ends.Lport, Daddr: ev.Ends.Remote(), Dport: ev.Ends.Rport,
		MS: float64(ev.Latency) / 1e6, Refused: ev.Refused != 0, ktime: ev.Time,
	}
}

func (o *options) table(s *toolkit.Session) *inet.Table[connection] {
	var cols inet.Columns[connection]
	inet.AddStamps(&cols, &o.stamps, 8, 3, func(c *connection) uint64 { return c.ktime })
	cols.Add(true, "PID", 7, func(c *connection) string { return fmt.Sprint(c.PID) })
	cols.Add(true, "COMM", 12, func(c *connection) string { return toolkit.Printable(c.Comm) })
	cols.Add(true, "IP", 2, func(c *connection) string { return fmt.Sprint(c.IP) })
	cols.Add(true, "SADDR", 16, func(c *connection) string { return c.Saddr.String() })
	cols.Add(o.lport, "LPORT", 6, func(c *connection) string { return fmt.Sprint(c.Lport) })
	cols.Add(true, "DADDR", 16, func(c *connection) string { return c.Daddr.String() })
	cols.Add(true, "DPORT", 5, func(c *connection) string { return fmt.Sprint(c.Dport) })
	cols.Add(true, "LAT(ms)", 0, func(c *connection) string { return fmt.Sprintf("%.2f", c.MS) })
	return &inet.Table[connection]{S: s, Columns: cols}
}
