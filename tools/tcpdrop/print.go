package main

import (
	"net/netip"
	"strconv"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// drop is a packet that was dropped; its fields are the JSON object's.
type drop struct {
	Time  time.Time  `json:"time"`
	PID   uint32     `json:"pid"`
	IP    uint32     `json:"ip"` // 4 or 6
	Saddr netip.Addr `json:"saddr"`
	Sport uint16     `json:"sport"`
	Daddr netip.Addr `json:"daddr"`
	Dport uint16     `json:"dport"`
	// State is that of the socket, if there is one.
	State string `json:"state,omitempty"`
	Flags string `json:"flags"`
	// Reason and Code say why, if the kernel does.
	Reason string   `json:"reason,omitempty"`
	Code   uint32   `json:"code,omitempty"`
	Stack  []string `json:"stack"`
}

// printer prints packets.
type printer struct {
	s       *toolkit.Session
	reasons reasons
	// frames returns the places of a stack.
	frames func(key uint64, pid int) ([]bccgo.Frame, error)
}

func (p *printer) heading() error {
	if p.s.JSON {
		return nil
	}
	return p.s.Out.Printf("%-8s %-7s %-2s %-20s > %-20s %s (%s) %s (%s)\n",
		"TIME", "PID", "IP", "SADDR:SPORT", "DADDR:DPORT", "STATE", "FLAGS", "REASON", "CODE")
}

// packet prints one.
func (p *printer) packet(ev *event) error {
	frames, err := p.frames(ev.Stack, bccgo.KernelPID)
	if err != nil {
		return err
	}
	names := bccgo.FrameNames(frames, &bccgo.SymOptions{Offset: true})
	if p.s.JSON {
		return p.s.Out.JSON(p.describe(ev, names))
	}
	from, to := netip.AddrPortFrom(ev.Ends.Local(), ev.Ends.Lport), netip.AddrPortFrom(ev.Ends.Remote(), ev.Ends.Rport)
	err = p.s.Out.Printf("%-8s %-7d %-2d %-20s > %-20s %s (%s) %s (%d)\n", inet.Clock(ev.Time), ev.PID, ev.Ends.Version,
		plain(from), plain(to), orDash(ev.state()), bccgo.TCPFlagNames(uint8(ev.Flags)), p.reasons.name(ev.Reason), ev.Reason)
	for _, name := range names {
		if err != nil {
			return err
		}
		err = p.s.Out.Printf("\t%s\n", name)
	}
	if err != nil {
		return err
	}
	return p.s.Out.Printf("\n")
}

func (p *printer) describe(ev *event, stack []string) *drop {
	d := &drop{
		Time: bccgo.KtimeToTime(ev.Time), PID: ev.PID, IP: ev.Ends.Version,
		Saddr: ev.Ends.Local(), Sport: ev.Ends.Lport, Daddr: ev.Ends.Remote(), Dport: ev.Ends.Rport,
		State: ev.state(), Flags: bccgo.TCPFlagNames(uint8(ev.Flags)), Code: ev.Reason, Stack: stack,
	}
	if ev.Reason != 0 {
		d.Reason = p.reasons.name(ev.Reason)
	}
	return d
}

// state is the name of the socket's state, empty without a socket.
func (ev *event) state() string {
	if ev.State == 0 {
		return ""
	}
	return bccgo.TCPStateName(int(ev.State))
}

// plain is an address and port without brackets.
func plain(a netip.AddrPort) string { return a.Addr().String() + ":" + strconv.Itoa(int(a.Port())) }

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
