package stacktool

import (
	"time"

	"github.com/bccgo/bcc/tools/internal/stacks"
)

// Thread is a thread and its stacks in a line of --json.
type Thread struct {
	Comm string `json:"comm"`
	PID  uint32 `json:"pid,omitempty"`
	TID  uint32 `json:"tid,omitempty"`
	// Kernel and User are the functions, innermost first.
	Kernel []string `json:"kernel_stack,omitempty"`
	User   []string `json:"user_stack,omitempty"`
}

// Waited is a line of --json about time.
type Waited struct {
	Time time.Time `json:"time"`
	// Took is in microseconds.
	Took uint64 `json:"us"`
	Thread
	Waker *Thread `json:"waker,omitempty"`
}

// Counted is a line of --json about a number.
type Counted struct {
	Time  time.Time `json:"time"`
	Count uint64    `json:"count"`
	Thread
}

// WaitedRecord is a Layout.Record about time.
func WaitedRecord(v *View, s *stacks.Sample, now time.Time) any {
	r := Waited{Time: now, Took: s.Count, Thread: v.thread(s)}
	if w := s.Waker; w != nil {
		r.Waker = &Thread{w.Comm, w.PID, w.TID, v.Form.Names(w.Kernel), v.Form.Names(w.User)}
	}
	return r
}

// CountedRecord is a Layout.Record about numbers.
func CountedRecord(v *View, s *stacks.Sample, now time.Time) any {
	return Counted{now, s.Count, v.thread(s)}
}

func (v *View) thread(s *stacks.Sample) Thread {
	return Thread{s.Comm, s.PID, s.TID, v.Form.Names(s.Kernel), v.Form.Names(s.User)}
}
