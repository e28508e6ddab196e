package main

import (
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// line is a whole line; its fields are the JSON object's.
type line struct {
	Time    time.Time `json:"time"`
	PID     uint32    `json:"pid"`
	UID     uint32    `json:"uid"`
	Comm    string    `json:"comm"`
	Command string    `json:"command"`
	// CommandUnreadable means that the line, or what follows, could not be read,
	// CommandCut that only its beginning is there, CommandLost that parts of it
	// did not arrive.
	CommandUnreadable bool `json:"command_unreadable,omitempty"`
	CommandCut        bool `json:"command_cut,omitempty"`
	CommandLost       bool `json:"command_lost,omitempty"`

	next uint32 // the index of the next piece
}

// printer puts records together and prints the lines.
type printer struct {
	s     *toolkit.Session
	lines toolkit.Calls[line]
}

// record takes one piece of a line.
func (p *printer) record(ev *event) error {
	id := toolkit.CallID{Task: uint64(ev.PID), Time: ev.Time}
	l := p.lines.Open(id, func() *line {
		return &line{Time: bccgo.KtimeToTime(ev.Time), PID: ev.PID, UID: ev.UID, Comm: ev.Comm.String()}
	})
	l.add(ev)
	if ev.Last == 0 {
		return nil
	}
	p.lines.Complete(id)
	return p.print(l)
}

// finish prints the lines whose last piece got lost.
func (p *printer) finish() error {
	for l := range p.lines.Incomplete() {
		l.CommandLost = true
		if err := p.print(l); err != nil {
			return err
		}
	}
	return nil
}

// add appends a piece. Those of a line come in order, so an index that does not
// follow means that some were lost.
func (l *line) add(ev *event) {
	l.CommandLost = l.CommandLost || ev.Index != l.next
	l.next = ev.Index + 1
	if ev.Size < 0 {
		l.CommandUnreadable = true
		return
	}
	l.Command += bccgo.CString(ev.Text[:])
	l.CommandCut = ev.Index == pieces-1 && ev.Size == textSize
}

func (p *printer) heading() error {
	if p.s.JSON {
		return nil
	}
	return p.s.Out.Printf("%-9s %-7s %s\n", "TIME", "PID", "COMMAND")
}

func (p *printer) print(l *line) error {
	if p.s.JSON {
		return p.s.Out.JSON(l)
	}
	return p.s.Out.Printf("%-9s %-7d %s\n", l.Time.Format(time.TimeOnly), l.PID, l.text())
}

// text is the line with marks where it is not complete.
func (l *line) text() string {
	text := toolkit.Printable(l.Command)
	if l.CommandLost {
		text += "<lost>"
	}
	if l.CommandUnreadable {
		text += "<unreadable>"
	}
	if l.CommandCut {
		text += "..."
	}
	return text
}
