package layout

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Parse reads the C value of type t from a text, as C would initialize it:
//
//	42   0x2a   -1   'x'   "text"   RED
//	{ 0x1, "text", [ 1 2 3 ], { 5, 6 } }
//	{ .pid = 1, .comm = "bash" }
//
// Commas may be left out, and so may the outer braces, the dots before names
// and the quotes of a text that has neither spaces nor punctuation in it: the
// form that [Value.String] prints is read too. Without names every member has
// to be there; with names the others are zero. A number in hex may fill a
// signed integer bit by bit, as in 0xffffffff for -1. The text of a char array
// that stands alone is taken as it is unless it begins with a quote. A union is
// its first member, or the one that is named.
//
// Errors are *[ValueError].
func (t *Type) Parse(text string) (Value, error) {
	out := t.New()
	p := textParser{text: text}
	if err := p.whole(out); err != nil {
		return Value{}, err
	}
	return out, nil
}

// textParser walks along a text.
type textParser struct {
	text string
	pos  int
}

func (p *textParser) whole(v Value) error {
	trimmed := strings.TrimSpace(p.text)
	if v.typ.IsText() && !strings.HasPrefix(trimmed, `"`) {
		return v.setString(p.text, "")
	}
	var err error
	if compound := v.typ.Kind == Struct || v.typ.Kind == Union || v.typ.Kind == Array && !v.typ.IsText(); compound && p.peek() != '{' && p.peek() != '[' {
		err = p.list(v, "")
	} else {
		err = p.value(v, "")
	}
	if err != nil {
		return err
	}
	if p.peek() != 0 {
		return p.invalid(v, "", "%q is left over", p.text[p.pos:])
	}
	return nil
}

func (p *textParser) invalid(v Value, path, format string, args ...any) error {
	return v.invalid(path, "%s at character %d of %q", fmt.Sprintf(format, args...), p.pos+1, p.text)
}

// peek skips spaces and returns the next byte, 0 at the end.
func (p *textParser) peek() byte {
	for p.pos < len(p.text) && strings.IndexByte(" \t\n\r", p.text[p.pos]) >= 0 {
		p.pos++
	}
	if p.pos == len(p.text) {
		return 0
	}
	return p.text[p.pos]
}

// closers are the ends that go with beginnings of lists.
var closers = map[byte]byte{'{': '}', '[': ']'}

// value reads one value, with its braces if it is a compound one.
func (p *textParser) value(v Value, path string) error {
	switch {
	case v.typ.IsText():
		return p.str(v, path)
	case v.typ.Kind == Struct || v.typ.Kind == Union || v.typ.Kind == Array:
		closer, ok := closers[p.peek()]
		if !ok {
			return p.invalid(v, path, "no { or [")
		}
		p.pos++
		if err := p.list(v, path); err != nil {
			return err
		}
		if p.peek() != closer {
			return p.invalid(v, path, "no %q", closer)
		}
		p.pos++
		return nil
	}
	return p.scalar(v, path)
}

// list reads the elements or members up to the closing brace or the end.
func (p *textParser) list(v Value, path string) error {
	if v.typ.Kind == Array {
		return p.elements(v, path)
	}
	named, count := false, 0
	members := v.positional(nil)
	if v.typ.Kind == Union && len(members) > 1 {
		members = members[:1]
	}
	for ; !p.atEnd(); count++ {
		part, name, err := p.designated(v, path)
		if err != nil {
			return err
		}
		if name == "" {
			if named || count >= len(members) {
				return p.invalid(v, path, "more than its %d members", len(members))
			}
			part, name = members[count].Value, members[count].Name
		} else {
			named = true
		}
		if err := p.value(part, join(path, name)); err != nil {
			return err
		}
		p.comma()
	}
	if !named && count < len(members) {
		return p.invalid(v, path, "%d of its %d members", count, len(members))
	}
	return nil
}

func (p *textParser) elements(v Value, path string) error {
	count := 0
	for i, e := range v.Elems() {
		if p.atEnd() {
			return p.invalid(v, path, "%d of its %d elements", count, v.typ.Len)
		}
		if err := p.value(e, path+"["+strconv.Itoa(i)+"]"); err != nil {
			return err
		}
		p.comma()
		count++
	}
	return nil
}

// atEnd reports whether a list ends here.
func (p *textParser) atEnd() bool {
	c := p.peek()
	return c == 0 || c == '}' || c == ']'
}

func (p *textParser) comma() {
	if p.peek() == ',' {
		p.pos++
	}
}

// designated reads "name =" or ".name =" if one is there and finds its member.
func (p *textParser) designated(v Value, path string) (Value, string, error) {
	p.peek()
	start := p.pos
	dotted := strings.HasPrefix(p.text[p.pos:], ".")
	if dotted {
		p.pos++
	}
	name := p.word()
	if name == "" || p.peek() != '=' {
		p.pos = start
		return Value{}, "", nil
	}
	p.pos++
	part, ok := v.member(name)
	if !ok {
		return Value{}, "", p.invalid(v, path, "it has no member %q", name)
	}
	return part, name, nil
}

// word reads up to what separates values.
func (p *textParser) word() string {
	rest := p.text[p.pos:]
	if end := strings.IndexAny(rest, " \t\n\r,=\"{}[]"); end >= 0 {
		rest = rest[:end]
	}
	p.pos += len(rest)
	return rest
}

// str reads a text, quoted or not. A word before "=" is the next member's name:
// the text is empty then.
func (p *textParser) str(v Value, path string) error {
	if p.peek() == '"' {
		quoted, err := strconv.QuotedPrefix(p.text[p.pos:])
		if err != nil {
			return p.invalid(v, path, "a quote that does not end")
		}
		s, err := strconv.Unquote(quoted)
		if err != nil {
			return p.invalid(v, path, "%s is no quoted text", quoted)
		}
		p.pos += len(quoted)
		return v.setString(s, path)
	}
	start := p.pos
	s := p.word()
	after := p.pos
	if p.peek() == '=' {
		p.pos = start
		return nil
	}
	p.pos = after
	return v.setString(s, path)
}

func (p *textParser) scalar(v Value, path string) error {
	if p.peek() == '\'' {
		return p.char(v, path)
	}
	w := p.word()
	switch {
	case w == "":
		return p.invalid(v, path, "no value")
	case v.typ.Kind == Float:
		f, err := strconv.ParseFloat(w, 64)
		if err != nil {
			return p.invalid(v, path, "%q is no number", w)
		}
		return v.setFloat(f, path)
	case v.typ.Kind == Bool && (w == "true" || w == "false"):
		return v.setWord(wordOf(w == "true"), path)
	case v.typ.Kind == Opaque:
		return p.invalid(v, path, "its size is not known")
	}
	n, hex, ok := parseWord(w)
	if !ok {
		if v.typ.Kind == Enum {
			return v.setEnum(w, path)
		}
		return p.invalid(v, path, "%q is no number", w)
	}
	if hex && v.typ.Signed && n.fits(v.width(), false) {
		n = n.extend(v.width())
	}
	return v.setWord(n, path)
}

// char reads a character in single quotes.
func (p *textParser) char(v Value, path string) error {
	quoted, err := strconv.QuotedPrefix(p.text[p.pos:])
	if err != nil {
		return p.invalid(v, path, "a quote that does not end")
	}
	r, _, _, err := strconv.UnquoteChar(quoted[1:len(quoted)-1], '\'')
	if err != nil {
		return p.invalid(v, path, "%s is no character", quoted)
	}
	p.pos += len(quoted)
	return v.setWord(word{lo: uint64(r)}, path)
}

// parseWord reads an integer of up to 128 bits: decimal, or with C's 0x and 0
// or Go's 0b and 0o before it.
func parseWord(s string) (n word, hex, ok bool) {
	i, ok := new(big.Int).SetString(s, 0)
	if !ok || i.BitLen() > 128 {
		return word{}, false, false
	}
	if i.Sign() < 0 {
		n.negative = true
		i.Add(i, new(big.Int).Lsh(big.NewInt(1), 128))
		if i.BitLen() < 128 { // below -2^127
			return word{}, false, false
		}
	}
	low := new(big.Int).SetUint64(^uint64(0))
	n.lo = new(big.Int).And(i, low).Uint64()
	n.hi = new(big.Int).Rsh(i, 64).Uint64()
	return n, strings.HasPrefix(strings.ToLower(s), "0x"), true
}
