package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/bccgo/bcc/tools/internal/blockio"
	"github.com/bccgo/bcc/tools/internal/screen"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// row is a row; its fields are the JSON object's.
type row struct {
	Time  time.Time `json:"time"` // the interval's end
	PID   uint32    `json:"pid"`  // 0 if it is not known who made the requests
	Comm  string    `json:"comm"`
	Type  string    `json:"type"` // R, W, D, F or O
	Major uint64    `json:"major"`
	Minor uint64    `json:"minor"`
	Disk  string    `json:"disk"`
	// Latency is an average.
	Requests uint64 `json:"io"`
	Bytes    uint64 `json:"bytes"`
	Latency  uint64 `json:"avg_latency_ns"`
}

var heading = fmt.Sprintf("%-7s %-16s %1s %-3s %-3s %-8s %5s %7s %6s", "PID", "COMM", "D", "MAJ", "MIN", "DISK", "I/O", "Kbytes", "AVGms")

func (r *row) text() string {
	return fmt.Sprintf("%-7d %-16s %1s %-3d %-3d %-8s %5d %7.1f %6.2f", r.PID, toolkit.Printable(r.Comm), r.Type,
		r.Major, r.Minor, r.Disk, r.Requests, float64(r.Bytes)/1024, float64(r.Latency)/1e6)
}

// table makes the table of an interval that ended at now.
func table(now time.Time, usages map[user]usage, disks *blockio.Disks) []screen.Table {
	users := slices.SortedFunc(maps.Keys(usages), func(a, b user) int {
		return cmp.Or(cmp.Compare(usages[b].Bytes, usages[a].Bytes), cmp.Compare(a.PID, b.PID),
			cmp.Compare(a.Disk, b.Disk), cmp.Compare(a.Op, b.Op), slices.Compare(a.Comm[:], b.Comm[:]))
	})
	t := screen.Table{Heading: heading}
	for _, user := range users {
		u := usages[user]
		major, minor := blockio.Split(user.Disk)
		r := &row{now, user.PID, user.Comm.String(), string(rune(user.Op)), major, minor, disks.Name(user.Disk),
			u.Requests, u.Bytes, u.Ns / max(u.Requests, 1)}
		t.Rows = append(t.Rows, screen.Row{Text: r.text(), JSON: r})
	}
	return []screen.Table{t}
}

// minus is what came to a usage.
func (u usage) minus(before usage) usage {
	return usage{u.Requests - before.Requests, u.Bytes - before.Bytes, u.Ns - before.Ns}
}
