package bccgo

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// FoldedStack is a stack and how often it was seen, as flame graphs are made of.
type FoldedStack struct {
	// Comm is the program's name.
	Comm string
	// User and Kernel are the functions, innermost first as Walk gives them
	// (see FrameNames). Either may be empty.
	User, Kernel []string
	// Delimiter puts "-" between User and Kernel where both are there.
	Delimiter bool
	// Count is how often, or what else is to be the width of a box.
	Count uint64
}

// separators are characters that mean something in folded form. Demangled names
// may contain them: Rust's arrays are [u8; 4].
var separators = strings.NewReplacer(";", ":", "\n", " ", "\r", " ")

// String is the stack in folded form, as one line without end: the program, its
// functions with the outermost first, and the count, as in
// "cat;main;read;ksys_read;vfs_read 12". A semicolon within a name becomes a
// colon.
func (f FoldedStack) String() string {
	var line strings.Builder
	line.WriteString(separators.Replace(f.Comm))
	appendFolded(&line, f.User)
	if f.Delimiter && len(f.User) > 0 && len(f.Kernel) > 0 {
		line.WriteString(";-")
	}
	appendFolded(&line, f.Kernel)
	line.WriteByte(' ')
	line.WriteString(strconv.FormatUint(f.Count, 10))
	return line.String()
}

func appendFolded(line *strings.Builder, names []string) {
	for i := len(names) - 1; i >= 0; i-- {
		line.WriteByte(';')
		line.WriteString(separators.Replace(names[i]))
	}
}

// WriteFolded writes stacks in folded form, one a line, as flamegraph.pl and its
// kin read them.
func WriteFolded(w io.Writer, stacks ...FoldedStack) error {
	for _, f := range stacks {
		if _, err := fmt.Fprintln(w, f); err != nil {
			return fmt.Errorf("write folded stack: %w", err)
		}
	}
	return nil
}
