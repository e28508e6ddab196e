package main

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// connection is an accepted connection; its fields are the JSON object's.
type connection struct {
	Time  time.Time  `json:"time"`
	PID   uint32     `json:"pid"`
	UID   uint32     `json:"uid"`
	Comm  string     `json:"comm"`
	IP    uint32     `json:"ip"` // 4 or 6
	Raddr netip.Addr `json:"raddr"`
	Rport uint16     `json:"rport"`
	Laddr netip.Addr `json:"laddr"`
	Lport uint16     `json:"lport"`

	ktime uint64
}

func (ev *event) connection() *connection {
	return &connection{
		Time: bccgo.KtimeToTime(ev.Time), PID: ev.Task.PID, UID: ev.Task.UID, Comm: ev.Task.Comm.String(),
		IP: ev.Ends.Version, Raddr: ev.Ends.Remote(), Rport: ev.Ends.Rport, Laddr: ev.Ends.Local(), Lport: ev.Ends.Lport,
		ktime: ev.Time,
	}
}

func (o *options) table(s *toolkit.Session) *inet.Table[connection] {
	var cols inet.Columns[connection]
	inet.AddStamps(&cols, &o.stamps, 8, 3, func(c *connection) uint64 { return c.ktime })
	cols.Add(true, "PID", 7, func(c *connection) string { return fmt.Sprint(c.PID) })
	cols.Add(true, "COMM", 12, func(c *connection) string { return toolkit.Printable(c.Comm) })
	cols.Add(true, "IP", 2, func(c *connection) string { return fmt.Sprint(c.IP) })
	cols.Add(true, "RADDR", 16, func(c *connection) string { return c.Raddr.String() })
	cols.Add(true, "RPORT", 5, func(c *connection) string { return fmt.Sprint(c.Rport) })
	cols.Add(true, "LADDR", 16, func(c *connection) string { return c.Laddr.String() })
	cols.Add(true, "LPORT", 5, func(c *connection) string { return fmt.Sprint(c.Lport) })
	return &inet.Table[connection]{S: s, Columns: cols}
}
