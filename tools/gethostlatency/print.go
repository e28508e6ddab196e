package main

import (
	"fmt"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// lookup is a look-up that has ended; its fields are the JSON object's.
type lookup struct {
	Time     time.Time `json:"time"` // of the end
	PID      uint32    `json:"pid"`
	TID      uint32    `json:"tid"`
	UID      uint32    `json:"uid"`
	Comm     string    `json:"comm"`
	Latency  uint64    `json:"latency_ns"`
	Function string    `json:"function"`
	Host     string    `json:"host"`
	// Error is "" if the look-up succeeded.
	Error string `json:"error,omitempty"`
	// HostCut means that only the beginning of the name is there, HostUnreadable
	// that it could not be read.
	HostCut        bool `json:"host_cut,omitempty"`
	HostUnreadable bool `json:"host_unreadable,omitempty"`
}

// printer prints the look-ups that are wanted, and sums all up.
type printer struct {
	*options
	s                   *toolkit.Session
	count, failures     uint64
	sum, least, longest time.Duration
}

func (p *printer) record(ev *event) error {
	l := newLookup(ev)
	p.add(l)
	switch {
	case p.failed && l.Error == "":
		return nil
	case p.s.JSON:
		return p.s.Out.JSON(l)
	}
	return p.s.Out.Printf("%s\n", p.row(l))
}

func newLookup(ev *event) *lookup {
	l := &lookup{
		Time: bccgo.KtimeToTime(ev.Time), PID: ev.PID, TID: ev.TID, UID: ev.UID, Comm: ev.Comm.String(),
		Latency: ev.Delta, Function: functions[ev.Function],
		HostUnreadable: ev.Size < 0, HostCut: ev.Cut != 0,
	}
	if !l.HostUnreadable {
		l.Host = bccgo.CString(ev.Host[:])
	}
	if ev.Ret != 0 {
		l.Error = "failed"
	}
	if ev.Ret != 0 && l.Function == "getaddrinfo" {
		l.Error = errorName(ev.Ret)
	}
	return l
}

func (p *printer) add(l *lookup) {
	took := time.Duration(l.Latency)
	if p.count == 0 || took < p.least {
		p.least = took
	}
	p.longest = max(p.longest, took)
	p.sum += took
	p.count++
	if l.Error != "" {
		p.failures++
	}
}

// finish sums up for --stats.
func (p *printer) finish() {
	if !p.s.Stats {
		return
	}
	average := time.Duration(0)
	if p.count > 0 {
		average = p.sum / time.Duration(p.count)
	}
	p.s.Warnf("%d look-ups, %d failed; %.2f ms at least, %.2f ms on average, %.2f ms at most",
		p.count, p.failures, milliseconds(p.least), milliseconds(average), milliseconds(p.longest))
}

func milliseconds(d time.Duration) float64 { return float64(d) / 1e6 }

func (p *printer) heading() error {
	if p.s.JSON {
		return nil
	}
	more := ""
	if p.extended {
		more = fmt.Sprintf("%-14s %-14s ", "FUNCTION", "ERROR")
	}
	return p.s.Out.Printf("%-9s %-7s %-16s %10s %sHOST\n", "TIME", "PID", "COMM", "LATms", more)
}

func (p *printer) row(l *lookup) string {
	more := ""
	if p.extended {
		more = fmt.Sprintf("%-14s %-14s ", l.Function, l.errorText())
	}
	return fmt.Sprintf("%-9s %-7d %-16s %10.2f %s%s", l.Time.Format(time.TimeOnly), l.PID,
		toolkit.Printable(l.Comm), milliseconds(time.Duration(l.Latency)), more, l.hostText())
}

func (l *lookup) errorText() string {
	if l.Error == "" {
		return "-"
	}
	return l.Error
}

// hostText is the name with marks where it is not complete.
func (l *lookup) hostText() string {
	switch {
	case l.HostUnreadable:
		return "<unreadable>"
	case l.HostCut:
		return toolkit.Printable(l.Host) + "..."
	}
	return toolkit.Printable(l.Host)
}
