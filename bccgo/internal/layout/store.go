package layout

import (
	"fmt"
	"math"
	"reflect"
)

// isInteger reports whether v is stored as an integer of up to 128 bits.
func (v Value) isInteger() bool {
	_, ok := v.integer()
	return ok
}

// width is how many bits v has.
func (v Value) width() int {
	if v.bits {
		return v.bitSize
	}
	return 8 * len(v.raw)
}

func (v Value) setInteger(r reflect.Value, path string) error {
	if v.typ.Kind == Float && r.CanInt() {
		return v.setFloat(float64(r.Int()), path)
	}
	if v.typ.Kind == Float {
		return v.setFloat(float64(r.Uint()), path)
	}
	if !v.isInteger() {
		return v.invalid(path, "a Go %s does not fit", r.Type())
	}
	if r.CanInt() {
		return v.setWord(word{lo: uint64(r.Int())}.extend(64), path)
	}
	return v.setWord(word{lo: r.Uint()}, path)
}

// setWord stores an integer that is in v's range.
func (v Value) setWord(n word, path string) error {
	if !v.holds(n) {
		return v.invalid(path, "%s does not fit %s", n.appendDecimal(nil), v.rangeText())
	}
	off := 0
	if v.bits {
		off = v.bitOff
	}
	store(v.raw, off, v.width(), v.big, n)
	return nil
}

// holds reports whether n is in v's range. Plain chars hold what either sign
// gives them: C leaves it open.
func (v Value) holds(n word) bool {
	switch v.typ.Kind {
	case Bool:
		return n.hi == 0 && n.lo <= 1
	case Char:
		return n.fits(v.width(), true) || n.fits(v.width(), false)
	}
	return n.fits(v.width(), v.typ.Signed)
}

func (v Value) rangeText() string {
	sign := signText(v.typ.Signed)
	if v.width() == 1 {
		return sign + " 1 bit"
	}
	return fmt.Sprintf("%s %d bits", sign, v.width())
}

func (v Value) setFloat(f float64, path string) error {
	switch v.typ.Size {
	case 4:
		store(v.raw, 0, 32, v.big, word{lo: uint64(math.Float32bits(float32(f)))})
	case 8:
		store(v.raw, 0, 64, v.big, word{lo: math.Float64bits(f)})
	default:
		return v.invalid(path, "Go has no float of %s", bytesText(v.typ.Size))
	}
	return nil
}

func wordOf(b bool) word {
	if b {
		return word{lo: 1}
	}
	return word{}
}

// fits reports whether n can be kept in size bits, 1 to 128.
func (n word) fits(size int, signed bool) bool {
	kept := n.truncate(size)
	if signed {
		kept = kept.extend(size)
	}
	return kept == n
}

// truncate keeps the low size bits as an unsigned number.
func (n word) truncate(size int) word {
	switch {
	case size >= 128:
		return word{hi: n.hi, lo: n.lo}
	case size > 64:
		return word{hi: n.hi & (1<<(size-64) - 1), lo: n.lo}
	case size == 64:
		return word{lo: n.lo}
	}
	return word{lo: n.lo & (1<<size - 1)}
}

// store puts the low size bits of n where load finds them.
func store(raw []byte, off, size int, bigEndian bool, n word) {
	for i := 0; i < size; {
		at := off + i
		inByte := at % 8
		take := min(8-inByte, size-i)
		shift, from := inByte, i
		if bigEndian {
			shift, from = 8-inByte-take, size-i-take
		}
		mask := byte(1<<take-1) << shift
		raw[at/8] = raw[at/8]&^mask | byte(n.shiftRight(from))<<shift&mask
		i += take
	}
}

// shiftRight returns the low 64 bits of n moved down by count, 0 to 127.
func (n word) shiftRight(count int) uint64 {
	if count >= 64 {
		return n.hi >> (count - 64)
	}
	return n.lo>>count | n.hi<<(64-count)
}

// Wrap returns the integer n as type t, which keeps as many of its low bits as
// it has and is sign-extended if it has more. Types that are no integer are a
// *[ValueError].
func (t *Type) Wrap(n uint64) (Value, error) {
	v := t.New()
	if !v.isInteger() {
		return Value{}, v.invalid("", "an integer does not fit")
	}
	w := word{lo: n}
	if t.Signed {
		w = w.extend(64)
	}
	store(v.raw, 0, v.width(), v.big, w)
	return v, nil
}
