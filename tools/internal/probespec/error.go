package probespec

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Error means that a part of a text cannot be read, or means nothing that could
// be probed.
type Error struct {
	// Text is all of it. The part at fault has the bytes from Start to End.
	Text       string
	Start, End int
	// Err says what is wrong with it.
	Err error
}

// Error gives the reason and, on lines of their own, the text with a mark below
// the part.
func (e *Error) Error() string {
	if toolkit.Printable(e.Text) != e.Text {
		return fmt.Sprintf("%v, in %q", e.Err, e.Text)
	}
	indent := utf8.RuneCountInString(e.Text[:e.Start])
	size := utf8.RuneCountInString(e.Text[e.Start:e.End])
	return fmt.Sprintf("%v\n    %s\n    %s^%s", e.Err, e.Text,
		strings.Repeat(" ", indent), strings.Repeat("~", max(size-1, 0)))
}

func (e *Error) Unwrap() error { return e.Err }

// TooManyError means that a pattern matches more than may be probed.
type TooManyError struct {
	// What is matched, in the plural; Matches is how many there are, Limit how
	// many there may be.
	What           string
	Matches, Limit int
}

func (e *TooManyError) Error() string {
	return fmt.Sprintf("%d %s match, and at most %d are probed at a time: make the pattern narrower, "+
		"or set BCC_PROBE_LIMIT to a greater number", e.Matches, e.What, e.Limit)
}

// NoMatchError means that a pattern matches nothing.
type NoMatchError struct {
	// What it was compared with, in the singular; In is the file or process,
	// empty for the kernel.
	What, In string
}

func (e *NoMatchError) Error() string {
	in := e.In
	if in == "" {
		in = "this kernel"
	}
	return fmt.Sprintf("no %s of %s matches the pattern", e.What, in)
}
