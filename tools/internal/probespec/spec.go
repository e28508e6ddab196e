package probespec

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Kind is the kind of a probe, by its letter.
type Kind byte

// The kinds.
const (
	Entry      Kind = 'p'
	Return     Kind = 'r'
	Tracepoint Kind = 't'
	Static     Kind = 'u'
)

// forms are what a text of each kind looks like.
var forms = map[Kind]string{
	Entry:      "[p::]FUNCTION or [p:]LIBRARY:FUNCTION",
	Return:     "r:[LIBRARY]:FUNCTION",
	Tracepoint: "t:CATEGORY:EVENT",
	Static:     "u:LIBRARY:[PROVIDER:]PROBE",
}

// Spec is a text that was read.
type Spec struct {
	// Text is as it was given, with what follows the place. The place has its
	// first End bytes.
	Text string
	End  int
	Kind Kind
	// Library is the library or program, empty for the kernel's functions, and
	// for static probes of whatever a process runs.
	Library string
	// Group is the category of a tracepoint, or the provider of a static probe,
	// empty for any.
	Group string
	// Name is the function, the event or the probe. Like Group it is a pattern.
	Name string
	// Offset is in bytes from the start of the function.
	Offset uint64
	// Address is where the code is, if Name is a number in place of a function's
	// name: in the kernel's memory, or as symbol tables of the library have it.
	Address uint64
	// Signature is the one that follows the place, nil if there is none.
	Signature *Signature
	// Regexp tells that Group and Name are regular expressions.
	Regexp bool

	at, nameAt int // where what follows the kind, and where the name begins
}

// Syntax is what a tool reads.
type Syntax struct {
	// Kinds are the letters of the kinds that the tool can trace.
	Kinds string
	// Regexp has patterns read as regular expressions.
	Regexp bool
	// NoOffset tells that the tool is about whole functions.
	NoOffset bool
}

// Parse reads a text that is a place and nothing else. Errors are *Error.
func (x Syntax) Parse(text string) (*Spec, error) {
	return x.parse(&Spec{Text: text, End: len(text), Regexp: x.Regexp})
}

// parse reads the place of a text.
func (x Syntax) parse(s *Spec) (*Spec, error) {
	text := s.Text[:s.End]
	s.Kind, s.Name = Entry, text
	head, rest, several := strings.Cut(text, ":")
	var err error
	switch {
	case !several:
	case head == "" && strings.Contains(rest, ":") && !x.Regexp:
		s.at = 1
		err = s.parts(rest)
	case len(head) == 1 && forms[Kind(head[0])] != "":
		s.at = 2
		s.Kind = Kind(head[0])
		err = s.parts(rest)
	case len(head) == 1 && strings.Contains(rest, ":") && !x.Regexp:
		err = s.fault(0, 1, fmt.Errorf("%q is no kind of probe: want %s", head, x.forms()))
	default:
		s.Library, s.Name = head, rest
		if head == "" {
			err = s.fault(0, 1, errors.New("there is no library before the colon"))
		}
	}
	if err == nil && !strings.Contains(x.Kinds, string(s.Kind)) {
		err = s.fault(0, 1, fmt.Errorf("this kind of probe cannot be traced here: want %s", x.forms()))
	}
	if err == nil {
		err = s.check()
	}
	if err == nil && x.NoOffset && s.Offset != 0 {
		err = s.atName(errors.New("it is the whole function that is traced: leave out the offset"))
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// forms are those of the kinds the tool reads.
func (x Syntax) forms() string {
	var list []string
	for _, letter := range x.Kinds {
		list = append(list, forms[Kind(letter)])
	}
	return strings.Join(list, " or ")
}

// parts reads what follows the letter of the kind.
func (s *Spec) parts(rest string) error {
	first, second, ok := s.cut(rest)
	if !ok {
		return s.fault(s.at, s.End, fmt.Errorf("something is missing: want %s", forms[s.Kind]))
	}
	s.Library, s.Name = first, second
	switch s.Kind {
	case Tracepoint:
		s.Library, s.Group = "", first
		if first == "" {
			return s.fault(1, 3, fmt.Errorf("there is no category: want %s", forms[s.Kind]))
		}
	case Static:
		if group, name, ok := s.cut(second); ok {
			s.Group, s.Name = group, name
		}
	}
	return nil
}

// cut splits at the first colon that is not part of a regular expression's (?:.
func (s *Spec) cut(text string) (before, after string, ok bool) {
	for i := range len(text) {
		if text[i] == ':' && !(s.Regexp && i > 0 && text[i-1] == '?') {
			return text[:i], text[i+1:], true
		}
	}
	return text, "", false
}

// check reads the offset, and tells what is wrong with the patterns.
func (s *Spec) check() error {
	if s.Name == "" {
		return s.fault(s.End, s.End, fmt.Errorf("there is no name at the end: want %s", forms[s.Kind]))
	}
	s.nameAt = s.End - len(s.Name)
	if !s.Regexp {
		if err := s.takeOffset(); err != nil {
			return err
		}
		return s.takeAddress()
	}
	for _, pattern := range []string{s.Group, s.Name} {
		if _, err := regexp.Compile(pattern); err != nil {
			start := strings.LastIndex(s.Text, pattern)
			return s.fault(start, start+len(pattern), err)
		}
	}
	return nil
}

// takeOffset takes +NUMBER off a function.
func (s *Spec) takeOffset() error {
	plus := strings.LastIndexByte(s.Name, '+')
	if plus <= 0 || s.Kind == Tracepoint || s.Kind == Static {
		return nil
	}
	start := s.nameAt + plus
	offset, err := strconv.ParseUint(s.Name[plus+1:], 0, 64)
	switch {
	case err != nil:
		return s.fault(start, s.End, errors.New("want an offset in bytes after +, such as +0x1f"))
	case s.Kind == Return:
		return s.fault(start, s.End, errors.New("a return has no offset"))
	case strings.Contains(s.Name[:plus], "*"):
		return s.fault(start, s.End, errors.New("an offset is in one function: it goes with no *"))
	}
	s.Name, s.Offset = s.Name[:plus], offset
	return nil
}

// takeAddress reads a number that stands in place of a function's name.
func (s *Spec) takeAddress() error {
	if s.Kind != Entry && s.Kind != Return || !strings.HasPrefix(s.Name, "0x") {
		return nil
	}
	address, err := strconv.ParseUint(s.Name, 0, 64)
	if err != nil || address == 0 {
		return s.atName(errors.New("want a function's name, or an address such as 0x1f40"))
	}
	s.Address = address + s.Offset
	return nil
}

// Fault is an error about the bytes of Text from start to end.
func (s *Spec) Fault(start, end int, err error) error { return s.fault(start, end, err) }

func (s *Spec) fault(start, end int, err error) error {
	start = min(start, len(s.Text))
	return &Error{Text: s.Text, Start: start, End: min(max(start, end), len(s.Text)), Err: err}
}

// atName is an error about the name, with its offset.
func (s *Spec) atName(err error) error {
	return s.fault(s.nameAt, s.End, err)
}

// atLibrary is an error about the library.
func (s *Spec) atLibrary(err error) error {
	start := s.at + max(0, strings.Index(s.Text[s.at:], s.Library+":"))
	return s.fault(start, start+len(s.Library), err)
}

// IsPattern tells whether the text may mean several places.
func (s *Spec) IsPattern() bool {
	return s.Regexp || strings.Contains(s.Group+s.Name, "*")
}

// expression is a pattern as a regular expression for a whole name.
func (s *Spec) expression(pattern string) string {
	if s.Regexp {
		return pattern
	}
	return strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*")
}

// place is the name of the one place that is meant.
func (s *Spec) place() string {
	if s.Offset == 0 {
		return s.Name
	}
	return fmt.Sprintf("%s+%#x", s.Name, s.Offset)
}
