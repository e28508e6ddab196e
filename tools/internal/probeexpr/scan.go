package probeexpr

import (
	"errors"
	"strings"
)

// kind is the kind of a token.
type kind int

const (
	punctuation kind = iota // one character, or ->
	name
	number
	text      // a string literal
	character // a character literal
)

type token struct {
	Text
	kind kind
}

// scanner divides a text into tokens. As bufio.Scanner, it is asked for the next
// one until there is none, be it because of an error.
type scanner struct {
	// Text is what was not yet read.
	Text
	token token
	// open are the brackets that are open after the token.
	open []token
	err  error
}

// next reads a token. It returns false at the end or at an error.
func (s *scanner) next() bool {
	if s.err != nil {
		return false
	}
	s.Start += len(s.String()) - len(strings.TrimLeft(s.String(), blanks))
	if s.Start == s.End {
		if n := len(s.open); n > 0 {
			s.err = s.open[n-1].Faultf("this %s is not closed", s.open[n-1])
		}
		return false
	}
	size := s.measure()
	if s.err != nil {
		return false
	}
	s.token.Text = s.upTo(s.Start + size)
	s.Start += size
	if s.token.kind == punctuation {
		s.bracket()
	}
	return s.err == nil
}

// measure finds the kind and the size of what comes.
func (s *scanner) measure() int {
	rest := s.String()
	switch c := rest[0]; {
	case isNameByte(c) && !isDigit(c):
		s.token.kind = name
		return measureName(rest)
	case isDigit(c) || c == '.' && len(rest) > 1 && isDigit(rest[1]):
		s.token.kind = number
		return measureNumber(rest)
	case c == '"' || c == '\'':
		s.token.kind = text
		if c == '\'' {
			s.token.kind = character
		}
		return s.measureLiteral(rest)
	}
	s.token.kind = punctuation
	switch {
	case strings.HasPrefix(rest, "->"):
		return 2
	case strings.HasPrefix(rest, "//") || strings.HasPrefix(rest, "/*"):
		s.err = s.upTo(s.Start + 2).Fault(errors.New("there can be no comments"))
	case !strings.Contains("+-*/%<>=!&|^~?:.,;()[]{}#", rest[:1]):
		s.err = s.firstRune().Faultf("%q is no part of a C expression", s.firstRune().String())
	}
	return 1
}

// firstRune is the next character, whatever its size.
func (s *scanner) firstRune() Text {
	for i := range s.String() {
		if i > 0 {
			return s.upTo(s.Start + i)
		}
	}
	return s.Text
}

// measureLiteral measures a literal with its quotes.
func (s *scanner) measureLiteral(rest string) int {
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case rest[0]:
			return i + 1
		case '\n':
			rest = rest[:i]
		}
	}
	s.err = s.upTo(s.Start + len(rest)).Fault(errors.New("the quote is not closed"))
	return 0
}

// bracket keeps the open brackets.
func (s *scanner) bracket() {
	const opening, closing = "([{", ")]}"
	c := s.token.String()
	if strings.Contains(opening, c) {
		s.open = append(s.open, s.token)
		return
	}
	i := strings.Index(closing, c)
	if i < 0 {
		return
	}
	n := len(s.open)
	if n == 0 || s.open[n-1].String() != opening[i:i+1] {
		s.err = s.token.Faultf("this %s closes nothing", c)
		return
	}
	s.open = s.open[:n-1]
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isNameByte tells whether a name can have the byte. Names may begin with $.
func isNameByte(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == '$'
}

// userMark may follow a name; see Ref.User.
const userMark = "@user"

// measureName measures a name with its mark.
func measureName(s string) int {
	size := span(s, isNameByte)
	if behind, ok := strings.CutPrefix(s[size:], userMark); ok && span(behind, isNameByte) == 0 {
		size += len(userMark)
	}
	return size
}

// span counts the bytes at the start that are wanted.
func span(s string, wanted func(byte) bool) int {
	n := 0
	for n < len(s) && wanted(s[n]) {
		n++
	}
	return n
}

// measureNumber measures a number: the compiler knows whether it is one.
func measureNumber(s string) int {
	return span(s, func(c byte) bool { return isNameByte(c) || c == '.' })
}

// tokens are all of a text.
func (t Text) tokens() ([]token, error) {
	s := scanner{Text: t}
	var all []token
	for s.next() {
		all = append(all, s.token)
	}
	return all, s.err
}
