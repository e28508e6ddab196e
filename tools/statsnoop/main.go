// Statsnoop prints every look-up of a file's properties: who asked for which path
// and whether that worked.
package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/tools/internal/fscalls"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// calls are those that take a path. A machine has some of them: stat(2) is newstat
// in the kernel, and newfstatat or statx in today's C libraries.
var calls = []fscalls.Call{
	{Name: "stat", Args: []string{"filename"}, Texts: []int{0}},
	{Name: "lstat", Args: []string{"filename"}, Texts: []int{0}},
	{Name: "newstat", Args: []string{"filename"}, Texts: []int{0}},
	{Name: "newlstat", Args: []string{"filename"}, Texts: []int{0}},
	{Name: "newfstatat", Args: []string{"dfd", "filename"}, Texts: []int{1}},
	{Name: "fstatat64", Args: []string{"dfd", "filename"}, Texts: []int{1}},
	{Name: "statx", Args: []string{"dfd", "filename"}, Texts: []int{1}},
	{Name: "statfs", Args: []string{"pathname"}, Texts: []int{0}},
}

// options are the flags.
type options struct {
	timestamp, sysname bool
	tracer             fscalls.Tracer
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{tracer: fscalls.Tracer{Calls: calls}}
	own := []cli.Flag{
		&cli.BoolFlag{Name: "timestamp", Aliases: []string{"t"}, Usage: "print the seconds since the first line", Destination: &o.timestamp},
		&cli.BoolFlag{Name: "sysname", Aliases: []string{"s"}, Usage: "print the name of the system call", Destination: &o.sysname},
		&cli.BoolFlag{Name: "failed", Aliases: []string{"x"}, Usage: "only calls that fail", Destination: &o.tracer.Failed},
	}
	return &toolkit.Tool{
		Name:        "statsnoop",
		Usage:       "trace look-ups of files' properties",
		Description: "Prints a line for each stat, lstat, fstatat, statx and statfs of a path: the\nprocess, the error if there was one, and the path.",
		Examples: []string{
			"statsnoop -x                   # only those that fail",
			"statsnoop -ts                  # with times and the system calls' names",
			"statsnoop -p 181 -d 10         # those of one process, for 10 seconds",
		},
		Flags: append(own, o.tracer.Flags()...),
		Run:   o.run,
	}
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	p := &printer{options: o, s: s}
	return o.tracer.Run(ctx, s, p.heading, p.print)
}

// printer prints calls.
type printer struct {
	*options
	s *toolkit.Session
	// first is the time of the first line, from which -t counts.
	first uint64
}

// record is a line of --json.
type record struct {
	Time time.Time `json:"time"`
	PID  uint32    `json:"pid"`
	TID  uint32    `json:"tid"`
	UID  uint32    `json:"uid"`
	Comm string    `json:"comm"`
	Call string    `json:"call"`
	Ret  int64     `json:"ret"` // -1 if the call failed
	Err  int       `json:"err"` // 0 if it did not
	// Dir is the descriptor that a relative path starts at, if the call has one.
	Dir  *int32 `json:"dir,omitempty"`
	Path string `json:"path"`
	// Of these one is true if there is no path.
	PathNull       bool `json:"path_null,omitempty"`
	PathUnreadable bool `json:"path_unreadable,omitempty"`
	PathLost       bool `json:"path_lost,omitempty"`
}

func (p *printer) heading() error {
	if p.s.JSON {
		return nil
	}
	var b strings.Builder
	if p.timestamp {
		fmt.Fprintf(&b, "%-14s", "TIME(s)")
	}
	fmt.Fprintf(&b, "%-7s %-16s ", "PID", "COMM")
	if p.sysname {
		fmt.Fprintf(&b, "%-10s ", "SYSCALL")
	}
	return p.s.Out.Printf("%s%4s %3s PATH\n", b.String(), "FD", "ERR")
}

func (p *printer) print(m *fscalls.Made) error {
	if p.first == 0 {
		p.first = m.Ktime
	}
	if p.s.JSON {
		return p.s.Out.JSON(newRecord(m))
	}
	var b strings.Builder
	if p.timestamp {
		// Calls of different processors may come a little out of order.
		fmt.Fprintf(&b, "%-14.9f", float64(int64(m.Ktime-p.first))/1e9)
	}
	fmt.Fprintf(&b, "%-7d %-16s ", m.PID, toolkit.Printable(m.Comm))
	if p.sysname {
		fmt.Fprintf(&b, "%-10s ", m.Call.Name)
	}
	ret, err := m.Ret()
	return p.s.Out.Printf("%s%4d %3d %s\n", b.String(), ret, err, pathText(m))
}

// pathText is the path, or the descriptor of an open file that was asked about: that
// is how C libraries call fstat.
func pathText(m *fscalls.Made) string {
	if text := path(m); text != (fscalls.Text{}) || m.Call.Args[0] != "dfd" {
		return text.String()
	}
	return fmt.Sprintf("<fd %d>", m.Int(0))
}

// path is the text among the call's arguments.
func path(m *fscalls.Made) fscalls.Text { return m.Texts[m.Call.Texts[0]] }

func newRecord(m *fscalls.Made) record {
	text := path(m)
	r := record{
		Time: m.Time, PID: m.PID, TID: m.TID, UID: m.UID, Comm: m.Comm, Call: m.Call.Name, Path: text.Value,
		PathNull: text.Null, PathUnreadable: text.Unreadable, PathLost: text.Lost,
	}
	r.Ret, r.Err = m.Ret()
	if m.Call.Args[0] == "dfd" {
		dir := m.Int(0)
		r.Dir = &dir
	}
	return r
}
