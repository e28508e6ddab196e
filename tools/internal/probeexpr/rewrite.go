package probeexpr

import (
	"errors"
	"strings"
)

// Ref is a use of a name in an expression.
type Ref struct {
	// Text is where it is, with the brackets of Args.
	Text
	// Name is a name of the C text, or one that begins with $, or STRCMP.
	Name string
	// Args are the arguments, in brackets, of STRCMP and of a name that begins
	// with $; IsCall tells that there are brackets.
	Args   []Text
	IsCall bool
	// User tells that the name is marked as a pointer into the memory of the
	// process: arg2@user. Text has the mark, which C has not.
	User bool
	// Field is the name behind -> or . that follows; empty without one.
	Field string
}

// C is an expression whose names were replaced.
type C struct {
	strings.Builder
	from []origin
}

// origin says that the C from at on came from a part of the user's text. copied
// tells that it is still the same.
type origin struct {
	at     int
	text   Text
	copied bool
}

func (c *C) add(s string, t Text, copied bool) {
	c.from = append(c.from, origin{c.Len(), t, copied})
	c.WriteString(oneLine.Replace(s))
}

// oneLine keeps an expression on one line, and everything in its place there.
var oneLine = strings.NewReplacer("\n", " ", "\r", " ", "\v", " ", "\f", " ")

// From is the part of the user's text, at least one byte of it if there is one,
// from which the byte of the C came that has an index.
func (c *C) From(index int) Text {
	var last origin
	for _, o := range c.from {
		if o.at <= index {
			last = o
		}
	}
	t := last.text
	if last.copied && t.End > t.Start {
		t.Start = min(t.Start+max(0, index-last.at), t.End-1)
		t.End = t.Start + span(t.String(), isNameByte)
		t.End = max(t.End, t.Start+1)
	}
	return t
}

// Rewrite puts in place of each name what replace returns for it; Ref.String
// leaves it as it is. Fields, the names of structs and the like, and names within
// the arguments of a Ref are left out: for those replace may use Rewrite.
//
// Its own errors, as those that replace makes with Fault, are *probespec.Error.
func (t Text) Rewrite(replace func(Ref) (string, error)) (*C, error) {
	t = t.Trim()
	all, err := t.tokens()
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, t.Fault(errNothing)
	}
	if err := checkWhole(all); err != nil {
		return nil, err
	}
	c := &C{}
	done := t.Start
	for i, tok := range all {
		if tok.Start < done || !isRef(all, i) {
			continue
		}
		ref, err := newRef(all[i:])
		if err != nil {
			return nil, err
		}
		s, err := replace(ref)
		if err != nil {
			return nil, err
		}
		c.add(t.Spec[done:ref.Start], Text{t.Spec, done, ref.Start}, true)
		c.add(s, ref.Text, s == ref.String())
		done = ref.End
	}
	c.add(t.Spec[done:t.End], t.from(done), true)
	return c, nil
}

// checkWhole refuses what would end the expression, and what means something only
// to a preprocessor.
func checkWhole(all []token) error {
	depth := 0
	for _, tok := range all {
		if tok.kind != punctuation {
			continue
		}
		switch c := tok.String(); {
		case c == "#" || c == ";" && depth == 0:
			return tok.Faultf("%q is no part of an expression", c)
		case strings.Contains("([{", c):
			depth++
		case strings.Contains(")]}", c):
			depth--
		}
	}
	return nil
}

// isRef tells whether a token is the use of a name.
func isRef(all []token, i int) bool {
	if all[i].kind != name || isTagged(all[i]) {
		return false
	}
	if i == 0 {
		return true
	}
	before := all[i-1]
	return before.String() != "->" && before.String() != "." && !isTagged(before)
}

// isTagged tells whether the name of a type follows, which is no name by itself.
func isTagged(tok token) bool {
	switch tok.String() {
	case "struct", "union", "enum":
		return true
	}
	return false
}

// newRef makes the use of a name of the tokens from that on.
func newRef(rest []token) (Ref, error) {
	ref := Ref{Text: rest[0].Text}
	ref.Name, ref.User = strings.CutSuffix(rest[0].String(), userMark)
	takesArgs := ref.Name == "STRCMP" || ref.Name[0] == '$'
	if takesArgs && len(rest) > 1 && rest[1].String() == "(" {
		inside, after, _, err := Text{ref.Spec, rest[1].Start, rest[len(rest)-1].End}.Bracketed()
		if err != nil {
			return ref, err
		}
		ref.IsCall, ref.End = true, after.Start
		if ref.Args, err = inside.Cut(","); err != nil {
			return ref, err
		}
	}
	ref.Field = fieldAt(rest, ref.End)
	return ref, nil
}

// fieldAt is the field whose -> or . comes first behind a place.
func fieldAt(rest []token, place int) string {
	for i, tok := range rest {
		if tok.Start < place {
			continue
		}
		if c := tok.String(); (c == "->" || c == ".") && i+1 < len(rest) && rest[i+1].kind == name {
			return rest[i+1].String()
		}
		break
	}
	return ""
}

// Arg is the only argument of a use such as $entry(name).
func (r Ref) Arg() (Text, error) {
	if !r.IsCall || len(r.Args) != 1 || r.Args[0].String() == "" {
		return Text{}, r.Fault(errors.New("want one name in brackets after " + r.Name))
	}
	return r.Args[0], nil
}
