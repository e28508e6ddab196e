package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/screen"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// row is what a thread did to a file in an interval; its fields are the JSON
// object's.
type row struct {
	Time         time.Time `json:"time"` // of the interval's end
	PID          uint32    `json:"pid"`
	TID          uint32    `json:"tid"`
	Comm         string    `json:"comm"`
	Reads        uint64    `json:"reads"`
	Writes       uint64    `json:"writes"`
	ReadBytes    uint64    `json:"read_bytes"` // as asked for
	WrittenBytes uint64    `json:"written_bytes"`
	Type         string    `json:"type"`
	Inode        uint64    `json:"inode"`
	Device       string    `json:"device"`
	File         string    `json:"file"`
}

// orders are what rows are sorted by, the most first.
var orders = map[string]func(r *row) uint64{
	"all":    func(r *row) uint64 { return r.Reads + r.Writes + r.ReadBytes + r.WrittenBytes },
	"reads":  func(r *row) uint64 { return r.Reads },
	"writes": func(r *row) uint64 { return r.Writes },
	"rbytes": func(r *row) uint64 { return r.ReadBytes },
	"wbytes": func(r *row) uint64 { return r.WrittenBytes },
}

// tables returns the function that makes the table of an interval.
func (c *counter) tables(o *options) func(now time.Time) ([]screen.Table, error) {
	return func(now time.Time) ([]screen.Table, error) {
		counts, err := c.next()
		if err != nil {
			return nil, err
		}
		return []screen.Table{table(now, counts, o.sort)}, nil
	}
}

// table sorts rows by an order, and those that are equal by thread and file.
func table(now time.Time, counts map[use]amounts, order string) screen.Table {
	var rows []*row
	for u, a := range counts {
		rows = append(rows, newRow(now, &u, &a))
	}
	most := orders[order]
	slices.SortFunc(rows, func(a, b *row) int {
		return cmp.Or(cmp.Compare(most(b), most(a)), cmp.Compare(a.TID, b.TID), cmp.Compare(a.File, b.File), cmp.Compare(a.Inode, b.Inode))
	})
	t := screen.Table{Heading: fmt.Sprintf("%-7s %-16s %-6s %-6s %-7s %-7s %1s %s", "TID", "COMM", "READS", "WRITES", "R_Kb", "W_Kb", "T", "FILE")}
	for _, r := range rows {
		t.Rows = append(t.Rows, screen.Row{Text: r.text(), JSON: r})
	}
	return t
}

func newRow(now time.Time, u *use, a *amounts) *row {
	const minorBits = 20 // of the kernel's own device numbers
	return &row{
		Time: now, PID: a.PID, TID: u.TID, Comm: u.Comm.String(), Reads: a.Reads, Writes: a.Writes,
		ReadBytes: a.ReadBytes, WrittenBytes: a.WrittenBytes, Type: fileType(a.Mode), Inode: u.Inode,
		Device: fmt.Sprintf("%d:%d", u.Device>>minorBits, u.Device&(1<<minorBits-1)), File: bccgo.CString(a.Name[:]),
	}
}

// fileType is R for a regular file, S for a socket and O for others.
func fileType(mode uint32) string {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return "R"
	case unix.S_IFSOCK:
		return "S"
	}
	return "O"
}

func (r *row) text() string {
	return fmt.Sprintf("%-7d %-16s %-6d %-6d %-7d %-7d %1s %s", r.TID, toolkit.Printable(r.Comm), r.Reads, r.Writes,
		r.ReadBytes/1024, r.WrittenBytes/1024, r.Type, toolkit.Printable(r.File))
}
