// Package stacks shows counted stacks: as folded text, as flame graphs, and as
// profiles that pprof reads.
package stacks

import (
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Sample is a stack and how often it was seen.
type Sample struct {
	// Comm and PID are the process, if stacks are told apart by processes.
	Comm string
	PID  uint32
	// Kernel and User are the places, innermost first.
	Kernel, User []bccgo.Frame
	Count        uint64
}

// Form is how places are shown in text.
type Form struct {
	// Offset adds how far into its function a place is.
	Offset bool
}

// Names are the functions of places, without control characters.
func (f Form) Names(frames []bccgo.Frame) []string {
	names := bccgo.FrameNames(frames, &bccgo.SymOptions{Offset: f.Offset})
	for i, name := range names {
		names[i] = toolkit.Printable(name)
	}
	return names
}

// Folded is a sample as one line for flame graphs, with its end.
func (f Form) Folded(s *Sample, delimiter bool) (string, error) {
	var b strings.Builder
	err := bccgo.WriteFolded(&b, bccgo.FoldedStack{Comm: toolkit.Printable(s.Comm), User: f.Names(s.User), Kernel: f.Names(s.Kernel),
		Delimiter: delimiter, Count: s.Count})
	return b.String(), err
}
