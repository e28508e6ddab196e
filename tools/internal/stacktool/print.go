package stacktool

import (
	"fmt"
	"slices"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/stacks"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Layout is how a tool shows a sample.
type Layout struct {
	// Text is a sample but for its count.
	Text func(v *View, s *stacks.Sample) string
	// Folded is a sample as a line with its end.
	Folded func(v *View, s *stacks.Sample) string
	// Record is a sample as an object of --json.
	Record func(v *View, s *stacks.Sample, now time.Time) any
}

// Indent begins the lines of stacks.
const Indent = "    "

// print shows the samples in the form that was asked for, the most important ones
// last.
func (t *Tracing) print(s *toolkit.Session, samples []stacks.Sample, now time.Time) error {
	form := t.Form
	if s.JSON || t.Folded {
		form.Address = false
	}
	if t.Folded && !s.JSON {
		samples = numberless(samples)
	}
	list := form.Group(samples)
	if !s.JSON && !t.Folded {
		if err := s.Out.Printf("\n"); err != nil {
			return err
		}
	}
	for i := range list {
		if err := t.one(s, &list[i], now); err != nil {
			return err
		}
	}
	return nil
}

// numberless are the samples without numbers of processes and threads, which flame
// graphs do not show.
func numberless(samples []stacks.Sample) []stacks.Sample {
	out := slices.Clone(samples)
	for i := range out {
		out[i].PID, out[i].TID = 0, 0
		if w := out[i].Waker; w != nil {
			out[i].Waker = &stacks.Waker{Comm: w.Comm, Kernel: w.Kernel, User: w.User}
		}
	}
	return out
}

func (t *Tracing) one(s *toolkit.Session, sample *stacks.Sample, now time.Time) error {
	switch {
	case s.JSON:
		return s.Out.JSON(t.Layout.Record(t.View, sample, now))
	case t.Folded:
		return s.Out.Printf("%s", t.Layout.Folded(t.View, sample))
	}
	return s.Out.Printf("%s        %d\n\n", t.Layout.Text(t.View, sample), sample.Count)
}

// Lines are the places of a stack, one a line.
func (v *View) Lines(s stacks.Stack) string {
	form := v.Form
	form.Indent = Indent
	return form.Lines(s)
}

// Label is a line with a name behind its label.
func Label(label, name string) string {
	return fmt.Sprintf(Indent+"%-16s %s\n", label, toolkit.Printable(name))
}

// ThreadText is a sample of a thread: where it was, and below it the thread.
func ThreadText(v *View, s *stacks.Sample) string {
	number := s.TID
	if number == 0 {
		number = s.PID
	}
	text := v.Lines(s.Kernel)
	if v.Delimited && len(s.Kernel) > 0 && len(s.User) > 0 {
		text += Indent + "--\n"
	}
	return text + v.Lines(s.User) + Label("-", fmt.Sprintf("%s (%d)", s.Comm, number))
}

// ThreadFolded is a sample of a thread on a line.
func ThreadFolded(v *View, s *stacks.Sample) string { return v.Form.Folded(s, v.Delimited) }

// Inwards is a stack from the outermost place to the innermost.
func Inwards(s stacks.Stack) stacks.Stack {
	s = slices.Clone(s)
	slices.Reverse(s)
	return s
}

// Chain is a sample as a line for flame graphs: names from the lowest to the
// highest, the lowest one being a program's.
func Chain(count uint64, parts ...[]string) string {
	names := slices.Concat(parts...)
	slices.Reverse(names)
	last := len(names) - 1
	return bccgo.FoldedStack{Comm: toolkit.Printable(names[last]), User: names[:last], Count: count}.String() + "\n"
}
