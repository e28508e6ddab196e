package layout

import (
	"strconv"
	"strings"
	"unicode"
)

// String returns v as text.
//
// Structs and unions are "name=value name=value", in braces when nested;
// arrays are "[a b c]". Char arrays are text up to the first NUL: as it is, or
// quoted as Go does if it has unprintable bytes or, inside something else, if
// its end could not be told. Enumerations print their name, pointers in hex,
// a single printable char in quotes.
func (v Value) String() string {
	return string(v.appendText(nil, false))
}

// AppendText appends what [Value.String] returns.
func AppendText(b []byte, v Value) []byte { return v.appendText(b, false) }

func (v Value) appendText(b []byte, nested bool) []byte {
	if v.typ == nil {
		return b
	}
	if text, ok := v.Text(); ok {
		return appendQuotedIfNeeded(b, text, nested)
	}
	switch v.typ.Kind {
	case Struct, Union:
		return v.appendStruct(b, nested)
	case Array:
		return v.appendArray(b)
	}
	return v.appendScalar(b)
}

func (v Value) appendStruct(b []byte, nested bool) []byte {
	if nested {
		b = append(b, '{')
	}
	for i, f := range v.Fields() {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(append(b, f.Name...), '=')
		b = f.Value.appendText(b, true)
	}
	if nested {
		b = append(b, '}')
	}
	return b
}

func (v Value) appendArray(b []byte) []byte {
	b = append(b, '[')
	for i, e := range v.Elems() {
		if i > 0 {
			b = append(b, ' ')
		}
		b = e.appendText(b, true)
	}
	return append(b, ']')
}

func (v Value) appendScalar(b []byte) []byte {
	if f, ok := v.Float(); ok {
		return strconv.AppendFloat(b, f, 'g', -1, 8*v.typ.Size)
	}
	if name, ok := v.EnumName(); ok {
		return append(b, name...)
	}
	n, ok := v.integer()
	if !ok {
		return v.appendHex(b)
	}
	switch {
	case v.typ.Kind == Pointer:
		return strconv.AppendUint(append(b, "0x"...), n.lo, 16)
	case v.typ.Kind == Bool:
		return strconv.AppendBool(b, n.lo != 0)
	case v.typ.Kind == Char && n.lo < unicode.MaxASCII && unicode.IsPrint(rune(n.lo)):
		return strconv.AppendQuoteRune(b, rune(n.lo))
	}
	return n.appendDecimal(b)
}

// appendHex shows bytes that are no number Go knows, such as a long double.
func (v Value) appendHex(b []byte) []byte {
	const digits = "0123456789abcdef"
	for _, c := range v.raw {
		b = append(b, digits[c>>4], digits[c&15])
	}
	return b
}

func appendQuotedIfNeeded(b []byte, text string, nested bool) []byte {
	if plain(text) && !(nested && ambiguous(text)) {
		return append(b, text...)
	}
	return strconv.AppendQuote(b, text)
}

// plain reports whether text is valid UTF-8 that a terminal shows as it is.
func plain(text string) bool {
	for i, r := range text {
		if r == unicode.ReplacementChar && text[i] != 0xef || !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

// ambiguous reports whether text could be mistaken for what surrounds it.
func ambiguous(text string) bool { return strings.ContainsAny(text, " ,=\"{}[]") }
