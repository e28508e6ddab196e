package main

import (
	"fmt"
	"strings"

	"github.com/bccgo/bcc/tools/internal/inet"
	"github.com/bccgo/bcc/tools/internal/snoop"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Kinds of calls, as in the program.
const (
	shmget = iota
	shmat
	shmdt
	shmctl
)

// memoryCall is a call; its fields are the JSON object's, of which those are there
// that the call has.
type memoryCall struct {
	snoop.Head
	Call  string   `json:"call"`
	Ret   int64    `json:"ret"` // an id, 0, or a negative error number; for shmat see Addr
	Key   *uint32  `json:"key,omitempty"`
	Size  *uint64  `json:"size,omitempty"`
	ID    *int32   `json:"shmid,omitempty"`
	Addr  *uint64  `json:"shmaddr,omitempty"`
	Flags *uint32  `json:"shmflg,omitempty"`
	Names []string `json:"flags,omitempty"`
	Cmd   *int32   `json:"cmd,omitempty"`
	Op    string   `json:"op,omitempty"` // the name of the command
	Buf   *uint64  `json:"buf,omitempty"`

	args string // as text
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
	id, time := "PID", ""
	if p.Tasks.TID != 0 {
		id = "TID"
	}
	if p.Timestamp {
		time = fmt.Sprintf("%-14s", "TIME(s)")
	}
	return p.s.Out.Printf("%s%-6s %-16s %6s %16s ARGs\n", time, id, "COMM", "SYS", "RET")
}

func (p *printer) record(ev *event) error {
	c := newCall(ev)
	switch {
	case !strings.Contains(c.Comm, p.Name):
		return nil
	case p.s.JSON:
		return p.s.Out.JSON(c)
	}
	id, time := c.PID, ""
	if p.Tasks.TID != 0 {
		id = c.TID
	}
	if p.Timestamp {
		time = fmt.Sprintf("%-14.9f", p.since.Seconds(ev.Who.Time))
	}
	return p.s.Out.Printf("%s%-6d %-16s %6s %16x %s\n",
		time, id, toolkit.Printable(c.Comm), strings.ToUpper(c.Call), uint64(c.Ret), c.args)
}

// newCall reads the arguments as each call has them.
func newCall(ev *event) *memoryCall {
	c := &memoryCall{Head: ev.Who.Head(), Ret: ev.Ret}
	a, b, d := ev.Call.Args[0], ev.Call.Args[1], ev.Call.Args[2]
	id, flags := int32(a), uint32(d)
	switch ev.Call.Kind {
	case shmget:
		key := uint32(a)
		c.Call, c.Key, c.Size, c.Flags, c.Names = "shmget", &key, &b, &flags, names(flags, getFlags)
		c.args = fmt.Sprintf("key: 0x%x, size: %d, shmflg: %s", key, b, flagText(flags, getFlags))
	case shmat:
		c.Call, c.ID, c.Addr, c.Flags, c.Names = "shmat", &id, &b, &flags, names(flags, atFlags)
		c.args = fmt.Sprintf("shmid: 0x%x, shmaddr: 0x%x, shmflg: %s", uint32(id), b, flagText(flags, atFlags))
	case shmdt:
		c.Call, c.Addr = "shmdt", &a
		c.args = fmt.Sprintf("shmaddr: 0x%x", a)
	case shmctl:
		cmd := int32(b)
		c.Call, c.ID, c.Cmd, c.Op, c.Buf = "shmctl", &id, &cmd, commands[cmd], &d
		c.args = fmt.Sprintf("shmid: 0x%x, cmd: %d, buf: 0x%x", uint32(id), cmd, d)
	}
	return c
}
