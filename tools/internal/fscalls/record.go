package fscalls

import (
	"strconv"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// maxArgs is the program's MAX_ARGS, noText its NO_TEXT.
const (
	maxArgs = 5
	noText  = maxArgs
)

// event is the program's struct event.
type event struct {
	Time          uint64
	Args          [maxArgs]uint64
	Ret           int64
	Call          uint32
	PID, TID, UID uint32
	PPID, Mntns   uint32
	Text, Last    uint32
	Size          int32
	Unused        uint32
	Comm, Pcomm   bccgo.Comm
}

// Made is a call that was made.
type Made struct {
	Call *Call
	// Time is when it returned, or began for tools that trace only that, and Ktime
	// the same by the kernel's clock.
	Time          time.Time
	Ktime         uint64
	PID, TID, UID uint32
	Comm          string
	PPID, MountNS uint32 // 0 unless wanted and known
	ParentComm    string
	Args          [maxArgs]uint64
	// Texts are what those of Args point to that point to texts.
	Texts [maxArgs]Text
	// Result is what the call returned, or below 0 the number of the error.
	Result int64
}

// Text is the text that an argument points to.
type Text struct {
	Value string
	// Null means that there was none, Unreadable that the kernel could not read it
	// either, Lost that it did not arrive.
	Null, Unreadable, Lost bool
}

// Ret splits the result: ret is -1 if the call failed, and err 0 if it did not.
func (m *Made) Ret() (ret int64, err int) {
	if m.Result < 0 {
		return -1, int(-m.Result)
	}
	return m.Result, 0
}

// Int is an argument that is an int in C: system calls leave the upper half of its
// register undefined.
func (m *Made) Int(arg int) int32 { return int32(m.Args[arg]) }

// String shows the text as it is printed in a column.
func (t Text) String() string {
	switch {
	case t.Null:
		return "<null>"
	case t.Unreadable:
		return "<unreadable>"
	case t.Lost:
		return "<lost>"
	}
	return toolkit.Printable(t.Value)
}

// Quoted shows the text as C does, or NULL.
func (t Text) Quoted() string {
	if t.Null {
		return "NULL"
	}
	if t.Unreadable || t.Lost {
		return t.String()
	}
	return quote(t.Value)
}

// quote escapes all but plain ASCII: options of a mount may be any bytes.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range []byte(s) {
		switch {
		case strings.IndexByte("\a\b\t\n\v\f\r\\", c) >= 0:
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(rune(c)), "'"))
		case c == '"':
			b.WriteString(`\"`)
		case c < 0x20 || c > 0x7e:
			b.WriteString(`\x` + string("0123456789abcdef"[c>>4]) + string("0123456789abcdef"[c&15]))
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// collector puts records together.
type collector struct {
	calls []Call
	open  toolkit.Calls[Made]
	print func(*Made) error
}

// record takes one record, the last of which completes a call.
func (c *collector) record(ev *event, rest []byte) error {
	id := toolkit.CallID{Task: uint64(ev.TID), Time: ev.Time}
	m := c.open.Open(id, func() *Made { return c.made(ev) })
	if ev.Text < maxArgs {
		m.Texts[ev.Text] = textOf(ev, rest)
	}
	if ev.Last == 0 {
		return nil
	}
	c.open.Complete(id)
	return c.print(m)
}

// finish prints the calls whose last record got lost.
func (c *collector) finish() error {
	for m := range c.open.Incomplete() {
		if err := c.print(m); err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) made(ev *event) *Made {
	m := &Made{
		Call: &c.calls[ev.Call], Time: bccgo.KtimeToTime(ev.Time), Ktime: ev.Time,
		PID: ev.PID, TID: ev.TID, UID: ev.UID, Comm: ev.Comm.String(),
		PPID: ev.PPID, MountNS: ev.Mntns, ParentComm: ev.Pcomm.String(),
		Args: ev.Args, Result: ev.Ret,
	}
	for _, arg := range m.Call.Texts {
		m.Texts[arg].Lost = true // until it comes
	}
	return m
}

func textOf(ev *event, rest []byte) Text {
	switch {
	case ev.Args[ev.Text] == 0:
		return Text{Null: true}
	case ev.Size < 0:
		return Text{Unreadable: true}
	}
	return Text{Value: bccgo.CString(rest[:min(int(ev.Size), len(rest))])}
}
