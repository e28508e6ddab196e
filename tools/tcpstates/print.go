package main

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// change is a socket's coming into another state; its fields are the JSON object's.
type change struct {
	Time time.Time `json:"time"`
	Sk   string    `json:"skaddr"` // the socket's address in the kernel, in hexadecimal
	// PID, UID and Comm are those of the task that ran then, which need not be the
	// connection's.
	PID   uint32     `json:"pid"`
	UID   uint32     `json:"uid"`
	Comm  string     `json:"comm"`
	IP    uint32     `json:"ip"` // 4 or 6
	Laddr netip.Addr `json:"laddr"`
	Lport uint16     `json:"lport"` // 0 if not known yet
	Raddr netip.Addr `json:"raddr"`
	Rport uint16     `json:"rport"`
	From  string     `json:"oldstate"`
	To    string     `json:"newstate"`
	// MS is how long the state before lasted, absent if that is not known.
	MS *float64 `json:"ms,omitempty"`

	lasted time.Duration
	ktime  uint64
}

func (ev *event) change() *change {
	c := &change{
		Time: bccgo.KtimeToTime(ev.Time), Sk: fmt.Sprintf("%x", ev.Sk), PID: ev.Task.PID, UID: ev.Task.UID, Comm: ev.Task.Comm.String(),
		IP: ev.Ends.Version, Laddr: ev.Ends.Local(), Lport: ev.Ends.Lport, Raddr: ev.Ends.Remote(), Rport: ev.Ends.Rport,
		From: bccgo.TCPStateName(int(ev.From)), To: bccgo.TCPStateName(int(ev.To)), lasted: time.Duration(ev.Lasted), ktime: ev.Time,
	}
	if ev.Lasted != 0 {
		ms := float64(ev.Lasted) / 1e6
		c.MS = &ms
	}
	return c
}

func (o *options) table(s *toolkit.Session) *inet.Table[change] {
	comm, addr := 10, 15
	if o.wide {
		comm, addr = 16, 26
	}
	var cols inet.Columns[change]
	inet.AddStamps(&cols, &o.stamps, 9, 6, func(c *change) uint64 { return c.ktime })
	cols.Add(true, "SKADDR", 16, func(c *change) string { return c.Sk })
	cols.Add(true, "C-PID", 5, func(c *change) string { return fmt.Sprint(c.PID) })
	cols.Add(true, "C-COMM", comm, inet.Cut(comm, o.csv, func(c *change) string { return c.Comm }))
	cols.Add(o.wide || o.csv, "IP", 2, func(c *change) string { return fmt.Sprint(c.IP) })
	cols.Add(true, "LADDR", addr, func(c *change) string { return c.Laddr.String() })
	cols.Add(true, "LPORT", 5, func(c *change) string { return fmt.Sprint(c.Lport) })
	cols.Add(true, "RADDR", addr, func(c *change) string { return c.Raddr.String() })
	cols.Add(true, "RPORT", 5, func(c *change) string { return fmt.Sprint(c.Rport) })
	cols.Add(true, "OLDSTATE", 11, func(c *change) string { return c.From })
	cols.Add(!o.csv, "->", 2, func(*change) string { return "->" })
	cols.Add(true, "NEWSTATE", 11, func(c *change) string { return c.To })
	cols.Add(true, "MS", 0, func(c *change) string { return fmt.Sprintf("%.3f", float64(c.lasted)/1e6) })
	return &inet.Table[change]{S: s, Columns: cols, CSV: o.csv}
}
