package main

import (
	"fmt"
	"net/netip"
	"strings"
	"syscall"

	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/snoop"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// bind is a call; its fields are the JSON object's.
type bind struct {
	snoop.Head
	Protocol string     `json:"protocol"`
	Addr     netip.Addr `json:"addr"`
	Port     uint16     `json:"port"`
	Options  []string   `json:"options,omitempty"`
	Device   uint32     `json:"device,omitempty"`
	Ret      int32      `json:"ret"`

	ktime   uint64
	letters string
}

// optionNames are the options by the program's bits, and their letters.
var optionNames = []struct{ letter, name string }{
	{"F", "IP_FREEBIND"}, {"T", "IP_TRANSPARENT"}, {"N", "IP_BIND_ADDRESS_NO_PORT"}, {"R", "SO_REUSEADDR"}, {"r", "SO_REUSEPORT"},
}

func newBind(ev *event) *bind {
	b := &bind{Head: ev.Who.Head(), Protocol: inet.ProtocolName(ev.Protocol), Addr: ev.Bound.Address(), Port: ev.Bound.Port,
		Device: ev.Device, Ret: ev.Ret, ktime: ev.Who.Time}
	for i, o := range optionNames {
		if ev.Options>>i&1 == 0 {
			b.letters += "."
			continue
		}
		b.letters += o.letter
		b.Options = append(b.Options, o.name)
	}
	return b
}

type printer struct {
	s       *toolkit.Session
	columns inet.Columns[bind]
}

func (o *options) printer(s *toolkit.Session) *printer {
	p := &printer{s: s}
	var since inet.Since
	pid, addr, rc := 8, 15, 3
	if o.wide {
		pid, addr, rc = 10, 39, 25
	}
	c := &p.columns
	c.Add(o.timestamp, "TIME(s)", 9, func(b *bind) string { return fmt.Sprintf("%.6f", since.Seconds(b.ktime)) })
	c.Add(o.printUID, "UID", -6, func(b *bind) string { return fmt.Sprint(b.UID) })
	c.Add(o.errors, "RC", rc, func(b *bind) string { return b.result(o.wide) })
	c.Add(true, "PID", -pid, func(b *bind) string { return fmt.Sprint(b.PID) })
	c.Add(true, "COMM", 12, func(b *bind) string { return toolkit.Printable(b.Comm) })
	c.Add(true, "PROT", 4, func(b *bind) string { return b.Protocol })
	c.Add(true, "ADDR", addr, func(b *bind) string { return b.Addr.String() })
	c.Add(true, "PORT", -5, func(b *bind) string { return fmt.Sprint(b.Port) })
	c.Add(true, "OPTS", 5, func(b *bind) string { return b.letters })
	c.Add(true, "IF", -2, func(b *bind) string { return fmt.Sprint(b.Device) })
	return p
}

// result is what the call returned, or what that means.
func (b *bind) result(wide bool) string {
	switch {
	case !wide:
		return fmt.Sprint(b.Ret)
	case b.Ret == 0:
		return "Success"
	}
	text := syscall.Errno(-b.Ret).Error()
	return strings.ToUpper(text[:1]) + text[1:]
}

func (p *printer) heading() error {
	if p.s.JSON {
		return nil
	}
	return p.s.Out.Printf("%s\n", p.columns.Heading())
}

func (p *printer) record(ev *event) error {
	b := newBind(ev)
	if p.s.JSON {
		return p.s.Out.JSON(b)
	}
	return p.s.Out.Printf("%s\n", p.columns.Row(b))
}
