package main

import (
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// removed is a file that is gone; its fields are the JSON object's.
type removed struct {
	Time    time.Time `json:"time"` // of the removal
	PID     uint32    `json:"pid"`
	Comm    string    `json:"comm"`
	Age     uint64    `json:"age_ns"`
	Creator uint32    `json:"creator_pid"`
	File    string    `json:"file"`
}

func heading(s *toolkit.Session) error {
	if s.JSON {
		return nil
	}
	return s.Out.Printf("%-8s %-7s %-16s %-7s %s\n", "TIME", "PID", "COMM", "AGE(s)", "FILE")
}

func show(s *toolkit.Session, ev *event) error {
	r := &removed{Time: bccgo.KtimeToTime(ev.Time), PID: ev.PID, Comm: ev.Comm.String(), Age: ev.Age, Creator: ev.Creator,
		File: bccgo.CString(ev.Name[:])}
	if s.JSON {
		return s.Out.JSON(r)
	}
	return s.Out.Printf("%-8s %-7d %-16s %-7.2f %s\n", r.Time.Format(time.TimeOnly), r.PID, toolkit.Printable(r.Comm),
		float64(r.Age)/1e9, toolkit.Printable(r.File))
}
