package main

import (
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/tools/internal/snoop"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// signal is a call; its fields are the JSON object's.
type signal struct {
	snoop.Head
	Signal int32  `json:"signal"`
	Name   string `json:"name,omitempty"` // absent for real-time signals and 0
	TPID   int32  `json:"tpid"`           // 0 for tkill
	TTID   int32  `json:"ttid,omitempty"` // the thread, of tkill and tgkill
	Result int32  `json:"result"`         // 0, or the negative error number
}

type printer struct {
	s     *toolkit.Session
	width int
}

func (o *options) printer(s *toolkit.Session) (*printer, error) {
	width, err := snoop.PIDWidth()
	return &printer{s, width}, err
}

func (p *printer) heading() error {
	if p.s.JSON {
		return nil
	}
	return p.s.Out.Printf("%-9s %-*s %-16s %-4s %-*s %s\n", "TIME", p.width, "PID", "COMM", "SIG", p.width, "TPID", "RESULT")
}

func (p *printer) record(ev *event) error {
	c := ev.Call
	sig := &signal{Head: ev.Who.Head(), Signal: c.Sig, Name: unix.SignalName(unix.Signal(c.Sig)), TPID: c.Target, TTID: c.Thread, Result: c.Ret}
	if p.s.JSON {
		return p.s.Out.JSON(sig)
	}
	target := sig.TPID
	if target == 0 && sig.TTID != 0 {
		target = sig.TTID
	}
	return p.s.Out.Printf("%-9s %-*d %-16s %-4d %-*d %d\n",
		sig.Clock(), p.width, sig.PID, toolkit.Printable(sig.Comm), sig.Signal, p.width, target, sig.Result)
}
