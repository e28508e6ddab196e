package main

import (
	"time"

	"github.com/bccgo/bcc/tools/internal/callcount"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// printer prints what was counted.
type printer struct {
	*options
	s *toolkit.Session
}

// record is a line of --json.
type record struct {
	Time     time.Time `json:"time"`
	Function string    `json:"function"`
	Count    uint64    `json:"count"`
}

// report prints what was counted since the last time. When the tracing ends
// within an interval in which there was nothing, nothing is printed.
func (p *printer) report(c *callcount.Counter, now time.Time, last bool) error {
	list, err := c.Next()
	if err != nil || last && p.interval > 0 && len(list) == 0 {
		return err
	}
	if p.s.JSON {
		return p.json(list, now)
	}
	return p.text(list, now)
}

func (p *printer) json(list []callcount.Calls, now time.Time) error {
	for _, c := range list {
		if err := p.s.Out.JSON(record{now, c.Name, c.Count}); err != nil {
			return err
		}
	}
	return nil
}

func (p *printer) text(list []callcount.Calls, now time.Time) error {
	above := "\n"
	if p.timestamp {
		above = now.Format("\n15:04:05\n")
	}
	if err := p.s.Out.Printf("%s%-36s %8s\n", above, "FUNC", "COUNT"); err != nil {
		return err
	}
	for _, c := range list {
		if err := p.s.Out.Printf("%-36s %8d\n", toolkit.Printable(c.Name), c.Count); err != nil {
			return err
		}
	}
	return nil
}
