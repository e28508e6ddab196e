package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/runtimes"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// thread is what happened to a thread; its fields are the JSON object's.
type thread struct {
	Time time.Time `json:"time"`
	Type string    `json:"type"`
	// TID is the kernel's number, ID the runtime's.
	TID         uint64 `json:"tid"`
	ID          uint64 `json:"id,omitempty"`
	PID         uint32 `json:"pid"`
	Description string `json:"description"`

	start float64 // seconds from the beginning of the tracing
}

type printer struct {
	s     *toolkit.Session
	m     *bccgo.Module
	pid   int
	start uint64
}

func (p *printer) record(ev *event) error {
	t := p.newThread(ev)
	if p.s.JSON {
		return p.s.Out.JSON(t)
	}
	return p.s.Out.Printf("%-8.3f %-16s %-8s %s\n", t.start, t.id(), t.Type, t.Description)
}

func (p *printer) newThread(ev *event) *thread {
	t := &thread{
		Time: bccgo.KtimeToTime(ev.Time), PID: ev.PID, TID: ev.Native, start: max(0, float64(int64(ev.Time-p.start))/1e9),
		Type: []string{pthread: "pthread", start: "start", stop: "stop"}[ev.Kind],
	}
	if ev.Kind == pthread {
		t.Description = p.function(ev.ID)
		return t
	}
	t.ID, t.Description = ev.ID, runtimes.ShowText(ev.Name[:], ev.Flags)
	return t
}

// function names a function of the process, or tells where it is.
func (p *printer) function(address uint64) string {
	if _, err := p.m.Symbols().Lookup(address, p.pid); err != nil {
		return fmt.Sprintf("%#x", address)
	}
	return toolkit.Printable(p.m.Sym(address, p.pid, &bccgo.SymOptions{Module: true}))
}

// id is the column ID: the kernel's number, and the runtime's if it has told.
func (t *thread) id() string {
	if t.Type == "pthread" {
		return strconv.FormatUint(t.TID, 10)
	}
	return fmt.Sprintf("R=%d/N=%d", t.ID, t.TID)
}

func (p *printer) heading() error {
	if p.s.JSON {
		return nil
	}
	return p.s.Out.Printf("%-8s %-16s %-8s %s\n", "TIME", "ID", "TYPE", "DESCRIPTION")
}
