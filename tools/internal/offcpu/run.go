package offcpu

import (
	"context"
	"fmt"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/stacks"
	"github.com/bccgo/bcc/tools/internal/stacktool"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Kind is which of the tools it is.
type Kind struct {
	// Wakers asks who ended a wait.
	Wakers bool
	// OnlyWakeups asks for that alone, until then, and not where the wait was.
	OnlyWakeups bool
	// Title is the pictures', By is what the times are told apart by.
	Title, By string
	Layout    stacktool.Layout
}

// Run traces until the end and shows the sums.
func (o *Options) Run(ctx context.Context, s *toolkit.Session, k Kind) error {
	o.plan.wakers, o.plan.onlyWakeups = k.Wakers, k.OnlyWakeups
	if err := o.check(s); err != nil {
		return err
	}
	if err := o.choose(s); err != nil {
		return err
	}
	defines, err := o.defines()
	if err != nil {
		return err
	}
	s.Losses.What = "waits"
	t := &stacktool.Tracing{
		View: &o.View, Threads: &o.Threads, Defines: defines,
		Text:    toolkit.MissedC + toolkit.StacksC + stacktool.ThreadsC + program,
		Attach:  func(m *bccgo.Module) error { return o.attach(s, m) },
		Switch:  func(m *bccgo.Module, on bool) error { return toolkit.Configure(m, o.config(on)) },
		Samples: samples,
		Layout:  k.Layout,
		What:    fmt.Sprintf("timing waits (us) of %v by %s", &o.Threads, k.By),
		Title:   k.Title, Unit: "microseconds", Measure: "wait",
	}
	return t.Run(ctx, s)
}

// attach attaches the kprobes; tracepoints are attached by their functions' names.
func (o *Options) attach(s *toolkit.Session, m *bccgo.Module) error {
	if o.plan.kprobes {
		if _, err := m.AttachKprobe("finish_task_switch", "on_switched", nil); err != nil {
			return err
		}
		if o.plan.wakers || o.plan.onlyWakeups {
			if _, err := m.AttachKprobe("try_to_wake_up", "on_wake", nil); err != nil {
				return err
			}
		}
	}
	for _, l := range m.Links() {
		s.Notef("attached to %s %s", l.Hook(), l.Target())
	}
	return nil
}

// samples reads the program's sums.
func samples(m *bccgo.Module, kept *stacks.Store) ([]stacks.Sample, error) {
	sums, err := bccgo.Map[key, uint64](m, "sums")
	if err != nil {
		return nil, err
	}
	var all []stacks.Sample
	for k, took := range sums.All() {
		s := stacks.Sample{Comm: k.Waited.comm(), PID: k.Waited.PID, TID: k.Waited.TID, Count: took}
		if s.Kernel, s.User, err = k.Waited.stacks(kept); err != nil {
			return nil, err
		}
		if k.Woke != (side{}) {
			s.Waker = &stacks.Waker{Comm: k.Woke.comm(), PID: k.Woke.PID, TID: k.Woke.TID}
			if s.Waker.Kernel, s.Waker.User, err = k.Woke.stacks(kept); err != nil {
				return nil, err
			}
		}
		all = append(all, s)
	}
	if err := sums.Err(); err != nil {
		return nil, fmt.Errorf("read the sums: %w", err)
	}
	return all, nil
}

func (s *side) comm() string { return bccgo.CString(s.Comm[:]) }

func (s *side) stacks(kept *stacks.Store) (kernel, user stacks.Stack, err error) {
	if kernel, err = kept.Kernel(s.Kernel); err != nil {
		return nil, nil, err
	}
	user, err = kept.User(s.User, s.PID)
	return withoutTracing(kernel), user, err
}

// withoutTracing leaves out what calls the tracepoint's programs, which is not
// there when nobody traces.
func withoutTracing(s stacks.Stack) stacks.Stack {
	if len(s) > 0 && strings.HasPrefix(s[0].Name, "__traceiter_") {
		return s[1:]
	}
	return s
}
