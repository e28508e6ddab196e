package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// shownSize is how much of an argument is shown.
const shownSize = 127

// call is a whole exec; its fields are the JSON object's.
type call struct {
	Time  time.Time `json:"time"`
	PID   uint32    `json:"pid"`
	PPID  uint32    `json:"ppid"` // 0 if unknown
	UID   uint32    `json:"uid"`
	CPU   uint32    `json:"cpu"`
	Comm  string    `json:"comm"`
	PComm string    `json:"pcomm"`
	Ret   int32     `json:"ret"`
	Args  []string  `json:"args"` // the file, then the arguments after the first
	// ArgsCut lists the positions of arguments of which only the beginning is
	// there, ArgsUnreadable of those of which nothing could be read.
	ArgsCut        []int `json:"args_cut,omitempty"`
	ArgsUnreadable []int `json:"args_unreadable,omitempty"`
	// ArgsMore means that there were more arguments, ArgsLost that some did not
	// arrive.
	ArgsMore bool `json:"args_more,omitempty"`
	ArgsLost bool `json:"args_lost,omitempty"`
}

// printer puts records together and prints the calls that are wanted.
type printer struct {
	*options
	s     *toolkit.Session
	begin time.Time
	// calls have not all their arguments yet.
	calls toolkit.Calls[call]
}

func (o *options) printer(s *toolkit.Session) *printer {
	return &printer{options: o, s: s, begin: time.Now()}
}

// record takes one argument, the last of which completes a call.
func (p *printer) record(ev *event) error {
	id := toolkit.CallID{Task: ev.Task, Time: ev.Time}
	c := p.calls.Open(id, func() *call { return newCall(ev) })
	c.add(ev)
	if ev.Index+1 < ev.Args {
		return nil
	}
	p.calls.Complete(id)
	return p.print(c)
}

// finish prints the calls whose last argument got lost.
func (p *printer) finish() error {
	for c := range p.calls.Incomplete() {
		c.ArgsLost = true
		if err := p.print(c); err != nil {
			return err
		}
	}
	return nil
}

func newCall(ev *event) *call {
	return &call{
		Time: bccgo.KtimeToTime(ev.Time), PID: ev.PID, PPID: ev.PPID, UID: ev.UID, CPU: ev.CPU,
		Comm: ev.Comm.String(), PComm: ev.PComm.String(), Ret: ev.Ret, ArgsMore: ev.More != 0,
	}
}

// add appends an argument. Records of a call come in order, so an index that
// does not follow means that some were lost.
func (c *call) add(ev *event) {
	if int(ev.Index) != len(c.Args) {
		c.ArgsLost = true
	}
	arg := bccgo.CString(ev.Text[:])
	switch {
	case ev.Size < 0:
		c.ArgsUnreadable = append(c.ArgsUnreadable, len(c.Args))
		arg = ""
	case len(arg) > shownSize:
		c.ArgsCut = append(c.ArgsCut, len(c.Args))
		arg = arg[:shownSize]
	}
	if ev.Index == 0 && ev.Size >= 0 {
		arg = fileName(ev.Dir, arg)
	}
	c.Args = append(c.Args, arg)
}

// fileName is the name the kernel gives a file that execveat starts relative to
// a descriptor, or by the descriptor alone.
func fileName(dir int32, file string) string {
	const atFDCWD = -100
	switch {
	case dir == atFDCWD || strings.HasPrefix(file, "/"):
		return file
	case file == "":
		return fmt.Sprintf("/dev/fd/%d", dir)
	}
	return fmt.Sprintf("/dev/fd/%d/%s", dir, file)
}

// fill looks up what the program could not tell.
func (p *printer) fill(c *call) {
	if c.PPID == 0 {
		c.PPID = toolkit.ParentPID(c.PID)
	}
	if c.PComm == "" && c.PPID != 0 && (p.printPComm || p.s.JSON) {
		c.PComm = toolkit.Comm(c.PPID)
	}
}

// matches applies the filters that the program leaves to us.
func (p *printer) matches(c *call) bool {
	return (p.ppid == 0 || c.PPID == uint32(p.ppid)) &&
		(p.nameRegexp == nil || p.nameRegexp.MatchString(c.Comm)) &&
		(p.lineRegexp == nil || p.lineRegexp.MatchString(strings.Join(c.Args, " ")))
}

func (p *printer) print(c *call) error {
	p.fill(c)
	if !p.matches(c) {
		return nil
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
	for _, col := range p.columns() {
		fmt.Fprintf(&b, "%-*s", col.width, col.title)
	}
	fmt.Fprintf(&b, "%-16s %-7s %-7s %3s %s", "COMM", "PID", "PPID", "RET", "ARGS")
	return p.s.Out.Printf("%s\n", b.String())
}

// column is an optional one, before those always there.
type column struct {
	title string
	width int
	value func(*call) any
}

func (p *printer) columns() []column {
	var cols []column
	add := func(on bool, title string, width int, value func(*call) any) {
		if on {
			cols = append(cols, column{title, width, value})
		}
	}
	add(p.time, "TIME", 9, func(c *call) any { return c.Time.Format(time.TimeOnly) })
	add(p.timestamp, "TIME(s)", 8, func(c *call) any { return fmt.Sprintf("%.3f", c.Time.Sub(p.begin).Seconds()) })
	add(p.printUID, "UID", 6, func(c *call) any { return c.UID })
	add(p.printCPU, "CPU", 4, func(c *call) any { return c.CPU })
	add(p.printPComm, "PCOMM", 17, func(c *call) any { return toolkit.Printable(cmp.Or(c.PComm, "?")) })
	return cols
}

func (p *printer) row(c *call) string {
	var b strings.Builder
	for _, col := range p.columns() {
		fmt.Fprintf(&b, "%-*v", col.width, col.value(c))
	}
	ppid := "?"
	if c.PPID != 0 {
		ppid = fmt.Sprint(c.PPID)
	}
	fmt.Fprintf(&b, "%-16s %-7d %-7s %3d %s", toolkit.Printable(c.Comm), c.PID, ppid, c.Ret, p.commandLine(c))
	return b.String()
}

// commandLine is the arguments with marks where they are not complete.
func (p *printer) commandLine(c *call) string {
	words := make([]string, len(c.Args))
	for i, arg := range c.Args {
		words[i] = toolkit.Printable(arg)
		if p.quote {
			words[i] = `"` + strings.ReplaceAll(words[i], `"`, `\"`) + `"`
		}
	}
	for _, i := range c.ArgsCut {
		words[i] += "..."
	}
	for _, i := range c.ArgsUnreadable {
		words[i] = "<unreadable>"
	}
	if c.ArgsLost {
		words = append(words, "<lost>")
	}
	if c.ArgsMore {
		words = append(words, "...")
	}
	return strings.Join(words, " ")
}
