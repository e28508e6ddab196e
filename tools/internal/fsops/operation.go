package fsops

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// operation is a slow operation; its fields are the JSON object's.
type operation struct {
	Time      time.Time `json:"time"` // of the return
	PID       uint32    `json:"pid"`
	TID       uint32    `json:"tid"`
	Comm      string    `json:"comm"`
	Operation string    `json:"operation"`
	Bytes     int64     `json:"bytes"` // 0 if it failed
	Err       int64     `json:"err"`   // 0 if it did not
	Offset    int64     `json:"offset"`
	Latency   uint64    `json:"latency_ns"`
	File      string    `json:"file"`
}

func newOperation(ev *event) *operation {
	o := &operation{
		Time: bccgo.KtimeToTime(ev.Time), PID: ev.PID, TID: ev.TID, Comm: ev.Comm.String(), Operation: Op(ev.Op).String(),
		Bytes: ev.Ret, Offset: ev.Offset, Latency: ev.Took, File: bccgo.CString(ev.Name[:]),
	}
	if ev.Ret < 0 {
		o.Bytes, o.Err = 0, -ev.Ret
	}
	return o
}

// bytesText is what the column BYTES has: the negative error number of what
// failed.
func (o *operation) bytesText() string { return strconv.FormatInt(o.Bytes-o.Err, 10) }

func (o *slower) print(s *toolkit.Session, ev *event) error {
	op := newOperation(ev)
	switch {
	case s.JSON:
		return s.Out.JSON(op)
	case o.csv:
		return s.Out.Printf("%s", op.csv(Op(ev.Op), ev.Time))
	}
	return s.Out.Printf("%-8s %-14.14s %-6d %s %-7s %-8d %7.2f %s\n", op.Time.Format(time.TimeOnly), toolkit.Printable(op.Comm),
		op.PID, Op(ev.Op).Letter(), op.bytesText(), op.Offset/1024, float64(op.Latency)/1e6, toolkit.Printable(op.File))
}

// csv is the operation as comma-separated values, in quotes where those need them.
// ktime is the time of its return by CLOCK_MONOTONIC.
func (o *operation) csv(op Op, ktime uint64) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	// Writing to memory cannot fail.
	w.Write([]string{
		strconv.FormatUint(ktime/1000, 10), o.Comm, strconv.FormatUint(uint64(o.PID), 10), op.Letter(),
		o.bytesText(), strconv.FormatInt(o.Offset, 10), strconv.FormatUint(o.Latency/1000, 10), o.File,
	})
	w.Flush()
	return b.Bytes()
}
