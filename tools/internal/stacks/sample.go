// Package stacks shows counted stacks: as text, as flame graphs, and as profiles
// that pprof reads.
package stacks

import (
	"fmt"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Stack is the places of a stack, innermost first. Stacks of a [Store] share
// places.
type Stack []*bccgo.Frame

// Sample is a stack and how often it was seen, or for how long.
type Sample struct {
	// Comm and PID are the process, if stacks are told apart by processes, and TID
	// is the thread, if by threads.
	Comm     string
	PID, TID uint32
	// Kernel and User are where it was.
	Kernel, User Stack
	// Waker is who ended the wait that the sample is of, nil where that is not
	// asked or not known.
	Waker *Waker
	Count uint64
}

// Waker is a thread that wakes another one.
type Waker struct {
	Comm     string
	PID, TID uint32
	// Kernel and User are where it did that.
	Kernel, User Stack
}

// Form is how places are shown in text.
type Form struct {
	// Offset adds how far into its function a place is.
	Offset bool
	// Address begins lines with the place's address.
	Address bool
	// Marked adds _[k] to the kernel's functions, by which programs that draw
	// flame graphs know them.
	Marked bool
	// Indent begins lines.
	Indent string
}

// Names are the functions of places, without control characters.
func (f Form) Names(s Stack) []string {
	names := make([]string, len(s))
	for i, place := range s {
		names[i] = toolkit.Printable(f.name(place))
	}
	return names
}

func (f Form) name(place *bccgo.Frame) string {
	name := place.Format(&bccgo.SymOptions{Offset: f.Offset})
	if f.Marked && inKernel(place) {
		name += "_[k]"
	}
	return name
}

// inKernel tells whether a place is in the kernel, which has the upper half of all
// addresses.
func inKernel(place *bccgo.Frame) bool { return int64(place.Addr) < 0 }

// Lines are the places of a stack, one a line.
func (f Form) Lines(s Stack) string {
	var b strings.Builder
	for i, name := range f.Names(s) {
		if f.Address {
			fmt.Fprintf(&b, "%s%-16x %s\n", f.Indent, s[i].Addr, name)
		} else {
			b.WriteString(f.Indent + name + "\n")
		}
	}
	return b.String()
}

// Folded is a sample as one line for flame graphs, with its end.
func (f Form) Folded(s *Sample, delimiter bool) string {
	return bccgo.FoldedStack{Comm: toolkit.Printable(s.Comm), User: f.Names(s.User), Kernel: f.Names(s.Kernel), Delimiter: delimiter,
		Count: s.Count}.String() + "\n"
}
