package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/snoop"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// actions are named as in the program.
var actions = [...]string{"SEND", "RECV"}

// passed is a descriptor; its fields are the JSON object's.
type passed struct {
	snoop.Head
	Action   string `json:"action"` // SEND or RECV
	Sock     int32  `json:"sock"`
	SockName string `json:"sock_name,omitempty"` // absent if it is not known
	FD       int32  `json:"fd"`
	Name     string `json:"name,omitempty"` // of the file; absent if it is not known
}

type printer struct {
	*snoop.Calls
	s     *toolkit.Session
	since inet.Since
}

func (p *printer) heading() error {
	if p.s.JSON {
		return nil
	}
	time := ""
	if p.Timestamp {
		time = fmt.Sprintf("%-14s", "TIME(s)")
	}
	return p.s.Out.Printf("%s%-6s %-6s %-16s %-25s %-5s %s\n", time, "ACTION", "TID", "COMM", "SOCKET", "FD", "NAME")
}

// record prints the descriptors of a message.
func (p *printer) record(ev *event) error {
	d := passed{Head: ev.Who.Head(), Action: actions[ev.Action&1], Sock: ev.Sock}
	if !strings.Contains(d.Comm, p.Name) {
		return nil
	}
	d.SockName = fileName(d.TID, d.Sock)
	for _, fd := range ev.FDs[:min(ev.Count, maxFDs)] {
		d.FD, d.Name = fd, fileName(d.TID, fd)
		if err := p.print(&d, ev.Who.Time); err != nil {
			return err
		}
	}
	return nil
}

func (p *printer) print(d *passed, ktime uint64) error {
	if p.s.JSON {
		return p.s.Out.JSON(d)
	}
	time := ""
	if p.Timestamp {
		time = fmt.Sprintf("%-14.9f", p.since.Seconds(ktime))
	}
	return p.s.Out.Printf("%s%-6s %-6d %-16s %-25s %-5d %s\n", time, d.Action, d.TID, toolkit.Printable(d.Comm),
		fmt.Sprintf("%d:%s", d.Sock, orUnknown(d.SockName)), d.FD, orUnknown(d.Name))
}

// fileName is what a descriptor of a thread is of, "" if it was closed meanwhile.
func fileName(tid uint32, fd int32) string {
	name, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", tid, fd))
	if err != nil {
		return ""
	}
	return name
}

func orUnknown(name string) string {
	if name == "" {
		return "N/A"
	}
	return toolkit.Printable(name)
}
