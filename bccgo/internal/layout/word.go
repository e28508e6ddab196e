package layout

import (
	"encoding/binary"
	"math/big"
	"strconv"
)

// word is an integer of up to 128 bits in two's complement.
type word struct {
	hi, lo   uint64
	negative bool
}

// integer returns v as a word, sign-extended, if it is made of one.
func (v Value) integer() (word, bool) {
	if v.typ == nil || len(v.raw) == 0 || len(v.raw) > 17 {
		return word{}, false
	}
	switch v.typ.Kind {
	case Int, Bool, Char, Enum, Pointer:
	default:
		return word{}, false
	}
	off, size := 0, 8*len(v.raw)
	if v.bits {
		off, size = v.bitOff, v.bitSize
	}
	if size > 128 {
		return word{}, false
	}
	n := load(v.raw, off, size, v.big)
	if v.typ.Signed {
		n = n.extend(size)
	}
	return n, true
}

// load reads size bits, at most 128, that start off bits into raw.
// Little-endian machines count bits from the low end of a byte and put the
// least significant ones first; big-endian machines do the opposite of both.
func load(raw []byte, off, size int, bigEndian bool) word {
	if off == 0 {
		if n, ok := loadWhole(raw, size, bigEndian); ok {
			return word{lo: n}
		}
	}
	var n word
	for i := 0; i < size; {
		at := off + i
		inByte := at % 8
		take := min(8-inByte, size-i)
		b := raw[at/8]
		if bigEndian {
			b >>= 8 - inByte - take
		} else {
			b >>= inByte
		}
		chunk := uint64(b) & (1<<take - 1)
		if bigEndian {
			n = n.shiftIn(chunk, take)
		} else {
			n = n.or(chunk, i)
		}
		i += take
	}
	return n
}

// loadWhole is load for what is no bitfield, nearly everything.
func loadWhole(raw []byte, size int, bigEndian bool) (uint64, bool) {
	var order binary.ByteOrder = binary.LittleEndian
	if bigEndian {
		order = binary.BigEndian
	}
	switch size {
	case 8:
		return uint64(raw[0]), true
	case 16:
		return uint64(order.Uint16(raw)), true
	case 32:
		return uint64(order.Uint32(raw)), true
	case 64:
		return order.Uint64(raw), true
	}
	return 0, false
}

// shiftIn appends take low bits.
func (n word) shiftIn(chunk uint64, take int) word {
	n.hi = n.hi<<take | n.lo>>(64-take)
	n.lo = n.lo<<take | chunk
	return n
}

// or puts chunk, of at most 8 bits, at bit position at.
func (n word) or(chunk uint64, at int) word {
	if at < 64 {
		n.lo |= chunk << at
		n.hi |= chunk >> (64 - at)
		return n
	}
	n.hi |= chunk << (at - 64)
	return n
}

// extend sign-extends from size bits to 128.
func (n word) extend(size int) word {
	if size <= 64 {
		n.lo = uint64(int64(n.lo<<(64-size)) >> (64 - size))
		n.negative = int64(n.lo) < 0
		n.hi = uint64(int64(n.lo) >> 63)
		return n
	}
	n.hi = uint64(int64(n.hi<<(128-size)) >> (128 - size))
	n.negative = int64(n.hi) < 0
	return n
}

// appendDecimal appends n in base 10.
func (n word) appendDecimal(b []byte) []byte {
	switch {
	case n.hi == 0 && !n.negative:
		return strconv.AppendUint(b, n.lo, 10)
	case n.negative && n.hi+1 == 0 && int64(n.lo) < 0:
		return strconv.AppendInt(b, int64(n.lo), 10)
	}
	var out big.Int
	out.SetUint64(n.hi).Lsh(&out, 64).Or(&out, new(big.Int).SetUint64(n.lo))
	if n.negative {
		out.Sub(&out, new(big.Int).Lsh(big.NewInt(1), 128))
	}
	return out.Append(b, 10)
}
