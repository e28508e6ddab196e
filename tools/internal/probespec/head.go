package probespec

import (
	"errors"
	"fmt"
	"strings"
)

// ParseHead reads the place that a longer text begins with, and the signature if
// one follows without space between. A space or an opening parenthesis ends the
// place; so does a colon after it if colons tells that the text's parts are
// separated by those. The rest of the text is Spec.Rest. Patterns are never
// regular expressions. Errors are *Error, with all of the text.
func (x Syntax) ParseHead(text string, colons bool) (*Spec, error) {
	x.Regexp = false
	s, err := x.parse(&Spec{Text: text, End: headEnd(text, colons)})
	if err != nil || !strings.HasPrefix(text[s.End:], "(") {
		return s, err
	}
	s.Signature, err = s.signature(s.End)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Rest is what follows the place and its signature. It begins at RestAt.
func (s *Spec) Rest() string { return s.Text[s.RestAt():] }

// RestAt is where Rest begins in the text.
func (s *Spec) RestAt() int {
	if s.Signature != nil {
		return s.Signature.End
	}
	return s.End
}

// headEnd is where the place ends. Static probes may have a provider, so that
// colons end them only after three others.
func headEnd(text string, colons bool) int {
	end := strings.IndexAny(text, " \t\r\n(")
	if end < 0 {
		end = len(text)
	}
	if !colons {
		return end
	}
	left := 2
	if strings.HasPrefix(text, "u:") {
		left = 3
	}
	for i := range end {
		if text[i] != ':' {
			continue
		}
		if left == 0 {
			return i
		}
		left--
	}
	return end
}

// Signature is a function's list of parameters, in C.
type Signature struct {
	// Start and End are where it is in the text, with its parentheses.
	Start, End int
	Params     []Param
}

// Param is a parameter.
type Param struct {
	// Text is the declaration as it was given, which begins at Start.
	Text  string
	Start int
	// Name is the parameter's. Type is that of a variable which holds it: an
	// array is a pointer, and so is a function, to void.
	Name, Type string
}

// Index returns the number of a parameter, counted from 0, -1 if there is none of
// the name. A nil Signature has none.
func (g *Signature) Index(name string) int {
	if g != nil {
		for i, p := range g.Params {
			if p.Name == name {
				return i
			}
		}
	}
	return -1
}

// signature reads the one that starts at a parenthesis.
func (s *Spec) signature(start int) (*Signature, error) {
	g := &Signature{Start: start}
	depth, from := 0, start+1
	for i := start; i < len(s.Text) && g.End == 0; i++ {
		switch c := s.Text[i]; {
		case c == '(' || c == '[':
			depth++
		case c == ']' || c == ')':
			depth--
			if depth == 0 {
				g.End = i + 1
			}
		}
		if g.End != 0 || depth == 1 && s.Text[i] == ',' {
			if err := s.param(g, from, i); err != nil {
				return nil, err
			}
			from = i + 1
		}
	}
	if g.End == 0 {
		return nil, s.fault(start, len(s.Text), errors.New("the signature has no closing parenthesis"))
	}
	return g, nil
}

// param reads a parameter. An empty list may be written as in C: (void). Those
// that may follow (...) have no names.
func (s *Spec) param(g *Signature, start, end int) error {
	text := strings.TrimSpace(s.Text[start:end])
	only := len(g.Params) == 0 && g.End != 0
	if only && (text == "" || text == "void") || text == "..." && g.End != 0 {
		return nil
	}
	start += strings.Index(s.Text[start:end], text)
	p := Param{Text: text, Start: start}
	var ok bool
	if p.Type, p.Name, ok = splitParam(text); !ok {
		return s.fault(start, start+len(text), errors.New("want a parameter's type and its name, such as char *path"))
	}
	if g.Index(p.Name) >= 0 {
		return s.fault(start, start+len(text), fmt.Errorf("there are two parameters called %s", p.Name))
	}
	g.Params = append(g.Params, p)
	return nil
}

// splitParam takes a declaration apart.
func splitParam(text string) (typ, name string, ok bool) {
	if before, after, found := strings.Cut(text, "(*"); found {
		name, _, ok = strings.Cut(after, ")")
		name = strings.TrimSpace(name)
		return "void *", name, ok && strings.TrimSpace(before) != "" && isIdentifier(name)
	}
	text, _, array := strings.Cut(text, "[")
	text = strings.TrimSpace(text)
	at := len(text)
	for at > 0 && isWord(text[at-1]) {
		at--
	}
	typ, name = strings.TrimSpace(text[:at]), text[at:]
	if array {
		typ += " *"
	}
	return typ, name, isIdentifier(name) && isType(text[:at])
}

// isType tells that a text can be a type: words and stars.
func isType(text string) bool {
	word := false
	for i := range len(text) {
		switch c := text[i]; {
		case isWord(c):
			word = true
		case !strings.ContainsRune(" \t\n*", rune(c)):
			return false
		}
	}
	return word && strings.Trim(text, " \t\n") != "struct"
}

func isIdentifier(name string) bool {
	return name != "" && (name[0] < '0' || name[0] > '9') && strings.IndexFunc(name, func(r rune) bool { return r > 127 || !isWord(byte(r)) }) < 0
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
