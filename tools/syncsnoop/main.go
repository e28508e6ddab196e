// Syncsnoop prints every call that makes the kernel write files to disks: who asked
// for it and when.
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/bccgo/bcc/tools/internal/fscalls"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// calls are reported as they begin: one that waits for a disk for long is to be seen
// while it does.
var calls = []fscalls.Call{
	{Name: "sync"},
	{Name: "fsync", Args: []string{"fd"}},
	{Name: "fdatasync", Args: []string{"fd"}},
	{Name: "msync", Args: []string{"start", "len", "flags"}},
	{Name: "sync_file_range", Args: []string{"fd", "offset", "nbytes", "flags"}},
	{Name: "sync_file_range2", Args: []string{"fd", "flags", "offset", "nbytes"}},
	{Name: "syncfs", Args: []string{"fd"}},
}

// options are the flags.
type options struct{ tracer fscalls.Tracer }

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{fscalls.Tracer{Calls: calls, EntryOnly: true}}
	return &toolkit.Tool{
		Name:        "syncsnoop",
		Usage:       "trace requests to write files to disks",
		Description: "Prints a line for each sync, fsync, fdatasync, msync, sync_file_range and syncfs,\nas it begins.",
		Examples: []string{
			"syncsnoop                      # those of all processes",
			"syncsnoop -p 185               # those of one process",
			"syncsnoop --json -d 60         # one minute's, one JSON object a line",
		},
		Flags: o.tracer.Flags(),
		Run:   o.run,
	}
}

// record is a line of --json.
type record struct {
	Time  time.Time `json:"time"`
	Ktime uint64    `json:"ktime"` // TIME(s), in nanoseconds
	PID   uint32    `json:"pid"`
	TID   uint32    `json:"tid"`
	UID   uint32    `json:"uid"`
	Comm  string    `json:"comm"`
	Call  string    `json:"call"`
	FD    *int32    `json:"fd,omitempty"` // of the calls that have one
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	return o.tracer.Run(ctx, s,
		func() error { return heading(s) },
		func(m *fscalls.Made) error { return print(s, m) })
}

func heading(s *toolkit.Session) error {
	if s.JSON {
		return nil
	}
	return s.Out.Printf("%-18s %-16s CALL\n", "TIME(s)", "COMM")
}

func print(s *toolkit.Session, m *fscalls.Made) error {
	if s.JSON {
		return s.Out.JSON(newRecord(m))
	}
	seconds, rest := m.Ktime/1e9, m.Ktime%1e9
	return s.Out.Printf("%-18s %-16s %s()\n", fmt.Sprintf("%d.%09d", seconds, rest), toolkit.Printable(m.Comm), m.Call.Name)
}

func newRecord(m *fscalls.Made) record {
	r := record{Time: m.Time, Ktime: m.Ktime, PID: m.PID, TID: m.TID, UID: m.UID, Comm: m.Comm, Call: m.Call.Name}
	if len(m.Call.Args) > 0 && m.Call.Args[0] == "fd" {
		fd := m.Int(0)
		r.FD = &fd
	}
	return r
}
