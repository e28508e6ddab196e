package main

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// connection is a connection that has ended; its fields are the JSON object's.
type connection struct {
	Time time.Time `json:"time"` // of its end
	// PID, UID and Comm are absent if the process is not known.
	PID  *uint32 `json:"pid,omitempty"`
	UID  *uint32 `json:"uid,omitempty"`
	Comm string  `json:"comm,omitempty"`

	IP    uint32     `json:"ip"` // 4 or 6
	Laddr netip.Addr `json:"laddr"`
	Lport uint16     `json:"lport"`
	Raddr netip.Addr `json:"raddr"`
	Rport uint16     `json:"rport"`
	Tx    uint64     `json:"tx_bytes"`
	Rx    uint64     `json:"rx_bytes"`
	MS    float64    `json:"ms"`

	ktime uint64
}

func (ev *event) connection() *connection {
	c := &connection{
		Time: bccgo.KtimeToTime(ev.Time), IP: ev.Ends.Version,
		Laddr: ev.Ends.Local(), Lport: ev.Ends.Lport, Raddr: ev.Ends.Remote(), Rport: ev.Ends.Rport,
		Tx: ev.Tx, Rx: ev.Rx, MS: float64(ev.Lasted) / 1e6, ktime: ev.Time,
	}
	if ev.Owned != 0 {
		c.PID, c.UID, c.Comm = &ev.Task.PID, &ev.Task.UID, ev.Task.Comm.String()
	}
	return c
}

// widths are those of columns, with and without --wide.
type widths struct{ comm, addr, bytes int }

func (o *options) table(s *toolkit.Session) *inet.Table[connection] {
	w := widths{10, 15, 5}
	if o.wide {
		w = widths{16, 26, 6}
	}
	var cols inet.Columns[connection]
	inet.AddStamps(&cols, &o.stamps, 9, 6, func(c *connection) uint64 { return c.ktime })
	cols.Add(true, "PID", 5, (*connection).pidText)
	cols.Add(true, "COMM", w.comm, inet.Cut(w.comm, o.csv, (*connection).commText))
	cols.Add(o.wide || o.csv, "IP", 2, func(c *connection) string { return fmt.Sprint(c.IP) })
	cols.Add(true, "LADDR", w.addr, func(c *connection) string { return c.Laddr.String() })
	cols.Add(true, "LPORT", 5, func(c *connection) string { return fmt.Sprint(c.Lport) })
	cols.Add(true, "RADDR", w.addr, func(c *connection) string { return c.Raddr.String() })
	cols.Add(true, "RPORT", 5, func(c *connection) string { return fmt.Sprint(c.Rport) })
	cols.Add(true, "TX_KB", -w.bytes, func(c *connection) string { return fmt.Sprint(c.Tx / 1024) })
	cols.Add(true, "RX_KB", -w.bytes, func(c *connection) string { return fmt.Sprint(c.Rx / 1024) })
	cols.Add(true, "MS", 0, func(c *connection) string { return fmt.Sprintf("%.2f", c.MS) })
	return &inet.Table[connection]{S: s, Columns: cols, CSV: o.csv}
}

func (c *connection) pidText() string {
	if c.PID == nil {
		return "-"
	}
	return fmt.Sprint(*c.PID)
}

func (c *connection) commText() string {
	if c.PID == nil {
		return "-"
	}
	return c.Comm
}
