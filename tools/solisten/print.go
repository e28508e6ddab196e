package main

import (
	"fmt"
	"math"
	"net/netip"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/snoop"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// prepare checks the flags and returns the defines that select the program's parts.
func (o *options) prepare(s *toolkit.Session) (map[string]string, error) {
	if err := o.tasks.Check(); err != nil {
		return nil, err
	}
	if o.netns > math.MaxUint32 {
		return nil, fmt.Errorf("--netns %d: want the number of a namespace, at most %d", o.netns, uint32(math.MaxUint32))
	}
	own, err := bccgo.HeadersMatch(nil)
	if err != nil {
		return nil, err
	}
	if err := inet.CheckHeaders(own); err != nil {
		return nil, err
	}
	defines := map[string]string{}
	return defines, o.probes.Define(s, defines)
}

// listening is a socket; its fields are the JSON object's.
type listening struct {
	snoop.Head
	NetNS    uint32     `json:"netns"`
	Protocol string     `json:"protocol"` // with the version of IP: TCPv4
	Backlog  uint32     `json:"backlog"`
	Port     uint16     `json:"port"`
	Addr     netip.Addr `json:"addr"`
}

type printer struct {
	s       *toolkit.Session
	columns inet.Columns[listening]
}

func (o *options) printer(s *toolkit.Session) *printer {
	p := &printer{s: s}
	c := &p.columns
	c.Add(true, "PID", 7, func(l *listening) string { return fmt.Sprint(l.PID) })
	c.Add(true, "COMM", 12, func(l *listening) string { return toolkit.Printable(l.Comm) })
	c.Add(o.showNetNS, "NETNS", 12, func(l *listening) string { return fmt.Sprint(l.NetNS) })
	c.Add(true, "PROTO", 6, func(l *listening) string { return l.Protocol })
	c.Add(true, "BACKLOG", 8, func(l *listening) string { return fmt.Sprint(l.Backlog) })
	c.Add(true, "PORT", 5, func(l *listening) string { return fmt.Sprint(l.Port) })
	c.Add(true, "ADDR", 39, func(l *listening) string { return l.Addr.String() })
	return p
}

func (p *printer) heading() error {
	if p.s.JSON {
		return nil
	}
	return p.s.Out.Printf("%s\n", p.columns.Heading())
}

func (p *printer) record(ev *event) error {
	l := &listening{Head: ev.Who.Head(), NetNS: ev.NetNS, Protocol: fmt.Sprintf("%sv%d", inet.ProtocolName(ev.Protocol), ev.Bound.Version),
		Backlog: ev.Backlog, Port: ev.Bound.Port, Addr: ev.Bound.Address()}
	if p.s.JSON {
		return p.s.Out.JSON(l)
	}
	return p.s.Out.Printf("%s\n", p.columns.Row(l))
}
