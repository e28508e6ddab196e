package layout

import (
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

// MarshalJSON returns v as JSON.
//
// Structs and unions are objects in C order, arrays are arrays, integers of
// any width are numbers. Char arrays are strings up to the first NUL; a byte
// that is no UTF-8 becomes the text \xNN. Enumerations are their name, or the
// number where they have none; pointers are strings in hex, so are floats that
// JSON cannot hold.
func (v Value) MarshalJSON() ([]byte, error) {
	return v.appendJSON(nil), nil
}

func (v Value) appendJSON(b []byte) []byte {
	if v.typ == nil {
		return append(b, "null"...)
	}
	if text, ok := v.Text(); ok {
		return appendJSONString(b, text)
	}
	switch v.typ.Kind {
	case Struct, Union:
		return v.appendObject(b)
	case Array:
		return v.appendList(b)
	}
	return v.appendJSONScalar(b)
}

func (v Value) appendObject(b []byte) []byte {
	b = append(b, '{')
	for i, f := range v.Fields() {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendJSONString(b, f.Name), ':')
		b = f.Value.appendJSON(b)
	}
	return append(b, '}')
}

func (v Value) appendList(b []byte) []byte {
	b = append(b, '[')
	for i, e := range v.Elems() {
		if i > 0 {
			b = append(b, ',')
		}
		b = e.appendJSON(b)
	}
	return append(b, ']')
}

func (v Value) appendJSONScalar(b []byte) []byte {
	if f, ok := v.Float(); ok {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return strconv.AppendQuote(b, strconv.FormatFloat(f, 'g', -1, 64))
		}
		return strconv.AppendFloat(b, f, 'g', -1, 8*v.typ.Size)
	}
	if name, ok := v.EnumName(); ok {
		return appendJSONString(b, name)
	}
	n, ok := v.integer()
	if !ok {
		return append(v.appendHex(append(b, '"')), '"')
	}
	switch v.typ.Kind {
	case Pointer:
		return fmt.Appendf(b, `"0x%x"`, n.lo)
	case Bool:
		return strconv.AppendBool(b, n.lo != 0)
	}
	return n.appendDecimal(b)
}

func appendJSONString(b []byte, s string) []byte {
	b = append(b, '"')
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			b = fmt.Appendf(b, `\\x%02x`, s[0])
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029':
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = append(b, s[:size]...)
		}
		s = s[size:]
	}
	return append(b, '"')
}
