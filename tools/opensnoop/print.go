package main

import (
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// call is a whole open; its fields are the JSON object's.
type call struct {
	Time  time.Time `json:"time"`
	PID   uint32    `json:"pid"`
	TID   uint32    `json:"tid"`
	UID   uint32    `json:"uid"`
	Comm  string    `json:"comm"`
	FD    int32     `json:"fd"`  // -1 if the call failed
	Err   int32     `json:"err"` // 0 if it did not
	Dir   int32     `json:"dir"` // the descriptor a relative path starts at
	Flags uint32    `json:"flags"`
	Mode  uint32    `json:"mode"`
	Path  string    `json:"path"`
	// PathUnreadable means that the path could not be read, PathCut that its
	// first directories are missing, PathLost that parts of it did not arrive.
	PathUnreadable bool `json:"path_unreadable,omitempty"`
	PathCut        bool `json:"path_cut,omitempty"`
	PathLost       bool `json:"path_lost,omitempty"`

	ktime uint64
	dirs  []string // from the innermost to the outermost
}

// printer puts records together and prints the calls that are wanted.
type printer struct {
	*options
	s *toolkit.Session
	// walked tells that the records have the directories of relative paths.
	walked bool
	// first is the time of the first line, from which -T counts.
	first uint64
	calls toolkit.Calls[call]
}

func (o *options) printer(s *toolkit.Session, walks bool) *printer {
	return &printer{options: o, s: s, walked: walks}
}

// record takes one piece of a path, the last of which completes a call.
func (p *printer) record(ev *event) error {
	id := toolkit.CallID{Task: uint64(ev.TID), Time: ev.Time}
	c := p.calls.Open(id, func() *call { return newCall(ev) })
	c.add(ev)
	if ev.Last == 0 {
		return nil
	}
	p.calls.Complete(id)
	return p.print(c)
}

// finish prints the calls whose last piece got lost.
func (p *printer) finish() error {
	for c := range p.calls.Incomplete() {
		c.PathLost = true
		if err := p.print(c); err != nil {
			return err
		}
	}
	return nil
}

func newCall(ev *event) *call {
	c := &call{
		Time: bccgo.KtimeToTime(ev.Time), PID: ev.PID, TID: ev.TID, UID: ev.UID, Comm: ev.Comm.String(),
		FD: ev.Ret, Dir: ev.Dir, Flags: ev.Flags, Mode: ev.Mode, ktime: ev.Time,
	}
	if ev.Ret < 0 {
		c.FD, c.Err = -1, -ev.Ret
	}
	return c
}

func (c *call) add(ev *event) {
	text := bccgo.CString(ev.Text[:])
	switch {
	case ev.Kind == textDir:
		c.dirs = append(c.dirs, text)
	case ev.Size < 0:
		c.PathUnreadable = true
	default:
		c.Path += text
	}
	c.PathCut = c.PathCut || ev.Cut != 0
}

// complete puts the directory before a relative path.
func (p *printer) complete(c *call) {
	switch {
	case !p.fullPath || strings.HasPrefix(c.Path, "/") || c.PathUnreadable:
	case p.walked:
		slices.Reverse(c.dirs)
		dir := strings.Join(c.dirs, "/")
		if !c.PathCut {
			dir = "/" + dir
		}
		c.Path = join(dir, c.Path)
	default:
		if dir, err := os.Readlink(c.procDir()); err == nil {
			c.Path = join(dir, c.Path)
		} else {
			c.PathCut = true
		}
	}
}

// procDir is the link in /proc to the directory a relative path starts at.
func (c *call) procDir() string {
	const atFDCWD = -100
	if c.Dir == atFDCWD {
		return fmt.Sprintf("/proc/%d/cwd", c.TID)
	}
	return fmt.Sprintf("/proc/%d/fd/%d", c.TID, c.Dir)
}

// join leaves .. alone, which may go through a symbolic link.
func join(dir, file string) string {
	if dir == "" || strings.HasSuffix(dir, "/") {
		return dir + file
	}
	return path.Clean(dir) + "/" + file
}

func (p *printer) print(c *call) error {
	if !strings.Contains(c.Comm, p.name) {
		return nil
	}
	p.complete(c)
	if p.first == 0 {
		p.first = c.ktime
	}
	if p.s.JSON {
		return p.s.Out.JSON(c)
	}
	return p.s.Out.Printf("%s\n", p.row(c))
}

func (p *printer) heading() error {
	if p.s.JSON {
		return nil
	}
	var b strings.Builder
	if p.timestamp {
		fmt.Fprintf(&b, "%-14s", "TIME(s)")
	}
	if p.printUID {
		fmt.Fprintf(&b, "%-6s", "UID")
	}
	id := "PID"
	if p.tid != 0 {
		id = "TID"
	}
	fmt.Fprintf(&b, "%-6s %-16s %4s %3s ", id, "COMM", "FD", "ERR")
	if p.extended {
		fmt.Fprintf(&b, "%-8s %-4s ", "FLAGS", "MODE")
	}
	return p.s.Out.Printf("%sPATH\n", b.String())
}

func (p *printer) row(c *call) string {
	var b strings.Builder
	if p.timestamp {
		// Calls of different processors may come a little out of order.
		fmt.Fprintf(&b, "%-14.9f", float64(int64(c.ktime-p.first))/1e9)
	}
	if p.printUID {
		fmt.Fprintf(&b, "%-6d", c.UID)
	}
	id := c.PID
	if p.tid != 0 {
		id = c.TID
	}
	fmt.Fprintf(&b, "%-6d %-16s %4d %3d ", id, toolkit.Printable(c.Comm), c.FD, c.Err)
	if p.extended {
		fmt.Fprintf(&b, "%08o %-4s ", c.Flags, c.modeText())
	}
	return b.String() + c.pathText()
}

// modeText is "n/a" for calls that make no file.
func (c *call) modeText() string {
	if !hasMode(c.Flags) {
		return "n/a"
	}
	return fmt.Sprintf("%04o", c.Mode)
}

// pathText is the path with marks where it is not complete.
func (c *call) pathText() string {
	text := toolkit.Printable(c.Path)
	if c.PathUnreadable {
		text = "<unreadable>"
	}
	if c.PathCut {
		text = ".../" + text
	}
	if c.PathLost {
		text += "<lost>"
	}
	return text
}
