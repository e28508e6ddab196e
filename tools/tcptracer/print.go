package main

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// kinds are what is done to a connection, as in the program, and their letters.
var kinds = []struct{ name, letter string }{{"connect", "C"}, {"accept", "A"}, {"close", "X"}}

// deed is something done to a connection; its fields are the JSON object's.
type deed struct {
	Time  time.Time  `json:"time"`
	Type  string     `json:"type"` // "connect", "accept" or "close"
	PID   uint32     `json:"pid"`
	UID   uint32     `json:"uid"`
	Comm  string     `json:"comm"`
	IP    uint32     `json:"ip"`    // 4 or 6
	Saddr netip.Addr `json:"saddr"` // of this end
	Daddr netip.Addr `json:"daddr"`
	Sport uint16     `json:"sport"`
	Dport uint16     `json:"dport"`
	Netns uint32     `json:"netns"` // inode number

	letter string
	ktime  uint64
}

func (ev *event) deed() *deed {
	kind := kinds[ev.Kind]
	return &deed{
		Time: bccgo.KtimeToTime(ev.Time), Type: kind.name, PID: ev.Task.PID, UID: ev.Task.UID, Comm: ev.Task.Comm.String(),
		IP: ev.Ends.Version, Saddr: ev.Ends.Local(), Daddr: ev.Ends.Remote(), Sport: ev.Ends.Lport, Dport: ev.Ends.Rport,
		Netns: ev.Netns, letter: kind.letter, ktime: ev.Time,
	}
}

func (o *options) table(s *toolkit.Session) *inet.Table[deed] {
	var cols inet.Columns[deed]
	since := new(inet.Since)
	cols.Add(o.timestamp && !o.verbose, "TIME(s)", 8, func(d *deed) string { return since.Stamp(d.ktime) })
	cols.Add(o.timestamp && o.verbose, "TIME(ns)", 13, func(d *deed) string { return fmt.Sprintf("%.0f", since.Seconds(d.ktime)*1e9) })
	cols.Add(!o.verbose, "T", 2, func(d *deed) string { return d.letter })
	cols.Add(o.verbose, "TYPE", 12, func(d *deed) string { return d.Type })
	cols.Add(true, "PID", 6, func(d *deed) string { return fmt.Sprint(d.PID) })
	cols.Add(true, "COMM", 16, func(d *deed) string { return toolkit.Printable(d.Comm) })
	cols.Add(true, "IP", 2, func(d *deed) string { return fmt.Sprint(d.IP) })
	cols.Add(true, "SADDR", 16, func(d *deed) string { return bracketed(d.Saddr) })
	cols.Add(true, "DADDR", 16, func(d *deed) string { return bracketed(d.Daddr) })
	cols.Add(true, "SPORT", 6, func(d *deed) string { return fmt.Sprint(d.Sport) })
	cols.Add(true, "DPORT", 6, func(d *deed) string { return fmt.Sprint(d.Dport) })
	cols.Add(o.verbose && o.netns == 0, "NETNS", 8, func(d *deed) string { return fmt.Sprint(d.Netns) })
	return &inet.Table[deed]{S: s, Columns: cols}
}

// bracketed is an address, in brackets if it is one of IPv6.
func bracketed(a netip.Addr) string {
	if a.Is6() {
		return "[" + a.String() + "]"
	}
	return a.String()
}
