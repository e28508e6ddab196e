package main

import (
	"cmp"
	"fmt"

	"github.com/bccgo/bcc/tools/internal/stacks"
	"github.com/bccgo/bcc/tools/internal/stacktool"
)

// text reads from the waker inwards to where it woke the other thread, and from
// where that one waited outwards to the thread.
func text(v *stacktool.View, s *stacks.Sample) string {
	w := cmp.Or(s.Waker, &stacks.Waker{})
	out := stacktool.Label("waker:", fmt.Sprintf("%s %d", w.Comm, w.TID)) + v.Lines(stacktool.Inwards(w.User)) + mark(v, w.Kernel, w.User) +
		v.Lines(stacktool.Inwards(w.Kernel)) + stacktool.Label("--", "--")
	return out + v.Lines(s.Kernel) + mark(v, s.Kernel, s.User) + v.Lines(s.User) + stacktool.Label("target:", fmt.Sprintf("%s %d", s.Comm, s.TID))
}

// mark is between the two stacks of a thread, if there are both and it is wanted.
func mark(v *stacktool.View, kernel, user stacks.Stack) string {
	if !divided(v, kernel, user) {
		return ""
	}
	return stacktool.Indent + "-\n"
}

// separator is a mark in a folded line.
func separator(v *stacktool.View, kernel, user stacks.Stack) []string {
	if !divided(v, kernel, user) {
		return nil
	}
	return []string{"-"}
}

func divided(v *stacktool.View, kernel, user stacks.Stack) bool {
	return v.Delimited && len(kernel) > 0 && len(user) > 0
}

// folded has the waker upside down on the thread that waited.
func folded(v *stacktool.View, s *stacks.Sample) string {
	w := cmp.Or(s.Waker, &stacks.Waker{})
	return stacktool.Chain(s.Count, []string{s.Comm},
		v.Form.Names(stacktool.Inwards(s.User)), separator(v, s.Kernel, s.User), v.Form.Names(stacktool.Inwards(s.Kernel)), []string{"--"},
		v.Form.Names(w.Kernel), separator(v, w.Kernel, w.User), v.Form.Names(w.User), []string{w.Comm})
}
