package bccgo

import (
	"encoding/binary"
	"math/bits"

	"github.com/bccgo/bcc/bccgo/internal/layout"
)

// Bits returns bits first to last of a word that holds C bitfields, as a number.
// Go has no bitfields: a struct has an integer, or an array of bytes, in their
// place. A tag names the fields in it with their bits, and then they are checked
// against the C struct like everything else:
//
//	struct flags_t { u32 kind : 3; u32 size : 13; u32 ok : 1; };
//
//	type flags struct {
//		Word uint32 `bcc:"kind:0-2,size:3-15,ok:16"`
//	}
//
//	size := bccgo.Bits(f.Word, 3, 15)
//
// The error of a struct without fitting fields shows one with the tags.
//
// Bits count as the compiler gives them out: from the least significant on
// little-endian machines, from the most significant on big-endian ones. Bits
// panics if the word does not have them.
func Bits[W uint8 | uint16 | uint32 | uint64](word W, first, last int) uint64 {
	return shifted(word, first, last) >> (63 - (last - first))
}

// SignedBits is Bits for a bitfield of a signed type.
func SignedBits[W uint8 | uint16 | uint32 | uint64](word W, first, last int) int64 {
	return int64(shifted(word, first, last)) >> (63 - (last - first))
}

// SetBits puts the low bits of value into bits first to last of a word, which Bits
// reads. The other bits stay. It panics if the word does not have them.
func SetBits[W uint8 | uint16 | uint32 | uint64](word *W, first, last int, value uint64) {
	shifted(*word, first, last)
	mask := ^uint64(0) >> (63 - (last - first))
	at := first
	if bigEndian() {
		at = bits.Len64(uint64(^W(0))) - 1 - last
	}
	*word = W(uint64(*word)&^(mask<<at) | value&mask<<at)
}

// BitsIn is Bits for bitfields that Go has as bytes, as in unions and packed
// structs. It panics if there are none such, and for more than 64 bits.
func BitsIn(b []byte, first, last int) uint64 {
	checkBits(b, first, last)
	return layout.Bits(b, first, last)
}

// SignedBitsIn is BitsIn for a bitfield of a signed type.
func SignedBitsIn(b []byte, first, last int) int64 {
	unused := 63 - (last - first)
	return int64(BitsIn(b, first, last)<<unused) >> unused
}

// SetBitsIn puts the low bits of value where BitsIn finds them.
func SetBitsIn(b []byte, first, last int, value uint64) {
	checkBits(b, first, last)
	layout.SetBits(b, first, last, value)
}

// checkBits panics for bits that are not there, or too many for an integer.
func checkBits(b []byte, first, last int) {
	if first < 0 || last < first || last >= 8*len(b) || last-first >= 64 {
		panic("bccgo.BitsIn: the bytes do not have the bits asked for")
	}
}

func bigEndian() bool { return binary.NativeEndian.Uint16([]byte{0, 1}) == 1 }

// shifted is the word with its bits first to last at the top and bits of other
// fields below them.
func shifted[W uint8 | uint16 | uint32 | uint64](word W, first, last int) uint64 {
	width := bits.Len64(uint64(^W(0)))
	if first < 0 || last < first || last >= width {
		panic("bccgo.Bits: the word does not have the bits asked for")
	}
	if bigEndian() {
		return uint64(word) << (64 - width + first)
	}
	return uint64(word) << (63 - last)
}
