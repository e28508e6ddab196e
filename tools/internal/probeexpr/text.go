package probeexpr

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bccgo/bcc/tools/internal/probespec"
)

// Text is a part of what the user wrote: the bytes of Spec from Start to End.
type Text struct {
	Spec       string
	Start, End int
}

// Of is all of what the user wrote.
func Of(spec string) Text { return Text{spec, 0, len(spec)} }

func (t Text) String() string { return t.Spec[t.Start:t.End] }

// Fault is an error about this part, a *probespec.Error.
func (t Text) Fault(err error) error {
	return &probespec.Error{Text: t.Spec, Start: t.Start, End: t.End, Err: err}
}

// Faultf is Fault with an error made of a format.
func (t Text) Faultf(format string, args ...any) error {
	return t.Fault(fmt.Errorf(format, args...))
}

const blanks = " \t\n\r\v\f"

// Trim is the part without the blanks at its ends.
func (t Text) Trim() Text {
	s := t.String()
	t.End = t.Start + len(strings.TrimRight(s, blanks))
	t.Start += len(s) - len(strings.TrimLeft(s, blanks))
	t.Start = min(t.Start, t.End)
	return t
}

// upTo and from are what lies before and behind a place in Spec.
func (t Text) upTo(end int) Text   { return Text{t.Spec, t.Start, end} }
func (t Text) from(start int) Text { return Text{t.Spec, start, t.End} }

// CutFirst cuts at the first of some characters that is neither in brackets nor in
// a literal, nor the colon of a ?: operator. Without one, before is all. What
// follows that character is not looked at.
func (t Text) CutFirst(chars string) (before, after Text, found bool, err error) {
	s := scanner{Text: t}
	conditions := 0
	for s.next() {
		char := s.token.Spec[s.token.Start]
		switch {
		case s.token.kind != punctuation || len(s.open) > 0:
		case char == ':' && conditions > 0:
			conditions--
		case strings.IndexByte(chars, char) >= 0 && s.token.End-s.token.Start == 1:
			return t.upTo(s.token.Start), t.from(s.token.End), true, nil
		case char == '?':
			conditions++
		}
	}
	return t, t.from(t.End), false, s.err
}

// Cut cuts at each such character and takes off the blanks around the parts.
func (t Text) Cut(chars string) ([]Text, error) {
	var parts []Text
	for {
		before, after, found, err := t.CutFirst(chars)
		if err != nil {
			return nil, err
		}
		parts = append(parts, before.Trim())
		if !found {
			return parts, nil
		}
		t = after
	}
}

// Bracketed cuts a text that begins with a bracket, after blanks, into what is in
// the brackets and what follows them. ok tells that it does begin so. What follows
// is not looked at.
func (t Text) Bracketed() (inside, rest Text, ok bool, err error) {
	s := scanner{Text: t}
	if !s.next() || s.token.String() != "(" {
		return t, t, false, s.err
	}
	start := s.token.End
	for s.next() {
		if len(s.open) == 0 {
			return Text{t.Spec, start, s.token.Start}, t.from(s.token.End), true, nil
		}
	}
	return t, t, false, s.err
}

// Quoted cuts a text that begins with a string literal, after blanks, into that
// and what follows it. ok tells that it does begin so. What follows is not looked
// at.
func (t Text) Quoted() (literal, rest Text, ok bool, err error) {
	s := scanner{Text: t}
	if !s.next() || s.token.kind != text {
		return t, t, false, s.err
	}
	return s.token.Text, t.from(s.token.End), true, nil
}

var errNothing = errors.New("there is no expression here")
