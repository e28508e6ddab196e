package layout

import (
	"encoding/binary"
	"iter"
	"math"
	"strings"
)

// Value is a C value without a Go type: bytes and what they mean. It prints
// as text (String) and as JSON (MarshalJSON). The zero Value prints as
// nothing and as null.
type Value struct {
	typ     *Type
	raw     []byte // exactly the bytes of the value
	bits    bool   // a bitfield: bitOff and bitSize tell which bits of raw
	bitOff  int
	bitSize int
	big     bool // byte order of raw
}

// bigEndian is the byte order of this machine, which BPF programs share.
var bigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

// Decode returns the value of type t in the first bytes of raw, which are
// copied. Longer input is fine; shorter is a *[Truncated] error.
func (t *Type) Decode(raw []byte) (Value, error) {
	if len(raw) < t.Size {
		return Value{}, &Truncated{Want: t.Size, Got: len(raw)}
	}
	return t.At(append([]byte(nil), raw[:t.Size]...))
}

// At is [Type.Decode] without the copy: the value is valid as long as raw is,
// and changes with it.
func (t *Type) At(raw []byte) (Value, error) {
	if len(raw) < t.Size {
		return Value{}, &Truncated{Want: t.Size, Got: len(raw)}
	}
	return Value{typ: t, raw: raw[:t.Size:t.Size], big: bigEndian}, nil
}

// Type returns the C type of v, nil for the zero Value.
func (v Value) Type() *Type { return v.typ }

// Bytes returns the bytes of v. For a bitfield they are the bytes that hold
// it. They must not be changed.
func (v Value) Bytes() []byte { return v.raw }

// Field is a named part of a struct or union.
type Field struct {
	Name  string
	Value Value
}

// Fields returns the members of a struct or union in C order, and nothing for
// other values. Members of anonymous structs and unions stand in the place of
// these; unnamed bitfields are left out.
func (v Value) Fields() []Field {
	if v.typ == nil {
		return nil
	}
	return v.appendFields(nil)
}

func (v Value) appendFields(out []Field) []Field {
	for _, m := range v.typ.Members {
		switch part := v.part(m); {
		case m.anonymous():
			out = part.appendFields(out)
		case m.Name != "":
			out = append(out, Field{m.Name, part})
		}
	}
	return out
}

func (v Value) part(m Member) Value {
	return Value{
		typ: m.Type, raw: v.raw[m.Offset:m.end()], big: v.big,
		bits: m.BitSize > 0, bitOff: m.BitOffset, bitSize: m.BitSize,
	}
}

// Field returns the member with the dotted C name path, such as "task.pid".
func (v Value) Field(path string) (Value, bool) {
	name, rest, more := strings.Cut(path, ".")
	for _, f := range v.Fields() {
		if f.Name != name {
			continue
		}
		if more {
			return f.Value.Field(rest)
		}
		return f.Value, true
	}
	return Value{}, false
}

// Elems iterates over the elements of an array; other values have none.
func (v Value) Elems() iter.Seq2[int, Value] {
	return func(yield func(int, Value) bool) {
		if v.typ == nil || v.typ.Kind != Array || v.typ.Size == 0 {
			return
		}
		elem := v.typ.Elem
		for i := range v.typ.Len {
			part := v.raw[i*elem.Size : (i+1)*elem.Size]
			if !yield(i, Value{typ: elem, raw: part, big: v.big}) {
				return
			}
		}
	}
}

// Uint returns an integer, bool, char, enumeration or pointer. It reports
// false for other kinds, negative values, and values over 64 bits.
func (v Value) Uint() (uint64, bool) {
	n, ok := v.integer()
	return n.lo, ok && n.hi == 0
}

// Int returns an integer, bool, char, enumeration or pointer. It reports
// false for other kinds and values an int64 cannot hold.
func (v Value) Int() (int64, bool) {
	n, ok := v.integer()
	signFill := uint64(int64(n.lo) >> 63)
	if !ok || n.hi != signFill || n.negative != (int64(n.lo) < 0) {
		return 0, false
	}
	return int64(n.lo), true
}

// Float returns a float or double.
func (v Value) Float() (float64, bool) {
	if v.typ == nil || v.typ.Kind != Float {
		return 0, false
	}
	lo := load(v.raw, 0, 8*len(v.raw), v.big).lo
	switch v.typ.Size {
	case 4:
		return float64(math.Float32frombits(uint32(lo))), true
	case 8:
		return math.Float64frombits(lo), true
	}
	return 0, false
}

// Text returns an array of plain char up to its first NUL, as it is.
func (v Value) Text() (string, bool) {
	if v.typ == nil || !v.typ.IsText() {
		return "", false
	}
	text, _, _ := strings.Cut(string(v.raw), "\x00")
	return text, true
}

// EnumName returns the name of an enumeration's value, if it has one.
func (v Value) EnumName() (string, bool) {
	if v.typ == nil || v.typ.Kind != Enum {
		return "", false
	}
	n, ok := v.integer()
	if !ok {
		return "", false
	}
	mask := uint64(math.MaxUint64)
	if v.typ.Size < 8 {
		mask = 1<<(8*v.typ.Size) - 1
	}
	for _, e := range v.typ.Values {
		if e.Value&mask == n.lo&mask {
			return e.Name, true
		}
	}
	return "", false
}
