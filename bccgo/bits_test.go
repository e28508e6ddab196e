package bccgo

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
)

func TestBits(t *testing.T) {
	for _, tc := range []struct {
		first, last int
		want        uint64
		signed      int64
	}{
		{0, 2, 5, -3}, {3, 15, 0x1000, -0x1000}, {16, 16, 1, -1}, {17, 19, 3, 3}, {0, 31, 0x00078005, 0x00078005},
	} {
		const word = uint32(5 | 0x1000<<3 | 7<<16)
		if got := Bits(word, tc.first, tc.last); got != tc.want {
			t.Errorf("Bits %d to %d: %#x, want %#x", tc.first, tc.last, got, tc.want)
		}
		if got := SignedBits(word, tc.first, tc.last); got != tc.signed {
			t.Errorf("SignedBits %d to %d: %#x, want %#x", tc.first, tc.last, got, tc.signed)
		}
	}
	if got := Bits(uint64(1)<<63, 63, 63); got != 1 {
		t.Errorf("the last bit: %d", got)
	}
	if got := Bits(^uint64(0), 0, 63); got != ^uint64(0) {
		t.Errorf("all bits: %#x", got)
	}
	for _, bad := range [][2]int{{-1, 0}, {3, 2}, {0, 8}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("bits %v of a byte", bad)
				}
			}()
			Bits(uint8(0), bad[0], bad[1])
		}()
	}
}

// TestSetBits sets every range of bits of a word and of the same bytes, and reads
// them back by every way there is.
func TestSetBits(t *testing.T) {
	for first := range 32 {
		for last := first; last < 32; last++ {
			word := uint32(0xdeadbeef)
			var raw [4]byte
			binary.NativeEndian.PutUint32(raw[:], word)
			value := uint64(0xfffffff0a5a5a5a5) >> (last % 7)
			SetBits(&word, first, last, value)
			SetBitsIn(raw[:], first, last, value)
			if got := binary.NativeEndian.Uint32(raw[:]); got != word {
				t.Fatalf("bits %d to %d: word %#x, bytes %#x", first, last, word, got)
			}
			want := value & (1<<(last-first+1) - 1)
			if a, b := Bits(word, first, last), BitsIn(raw[:], first, last); a != want || b != want {
				t.Fatalf("bits %d to %d: %#x and %#x, want %#x", first, last, a, b, want)
			}
			if a, b := SignedBits(word, first, last), SignedBitsIn(raw[:], first, last); a != b {
				t.Fatalf("signed bits %d to %d: %#x and %#x", first, last, a, b)
			}
			for bit := range 32 {
				if (bit < first || bit > last) && Bits(word, bit, bit) != Bits(uint32(0xdeadbeef), bit, bit) {
					t.Fatalf("bits %d to %d: bit %d changed: %#x", first, last, bit, word)
				}
			}
		}
	}
}

func TestBitsInAcrossWords(t *testing.T) {
	raw := make([]byte, 10)
	SetBitsIn(raw, 5, 68, 0x8123456789abcdef)
	if got := BitsIn(raw, 5, 68); got != 0x8123456789abcdef {
		t.Errorf("got %#x", got)
	}
	if got := SignedBitsIn(raw, 60, 68); got != 0x102-0x200 { // nine bits, the first of them set
		t.Errorf("got %#x", got)
	}
	if first, last := BitsIn(raw, 0, 4), BitsIn(raw, 69, 79); first|last != 0 {
		t.Errorf("the bits around it: %#x, %#x", first, last)
	}
	for _, bad := range [][2]int{{-1, 0}, {3, 2}, {0, 80}, {0, 64}} {
		mustPanic(t, "", func() { BitsIn(raw, bad[0], bad[1]) })
		mustPanic(t, "", func() { SetBitsIn(raw, bad[0], bad[1], 0) })
	}
}

// mustPanic runs what must panic with a text in its message.
func mustPanic(t *testing.T, text string, f func()) {
	t.Helper()
	defer func() {
		if got := fmt.Sprint(recover()); got == "<nil>" || !strings.Contains(got, text) {
			t.Errorf("panic: %s", got)
		}
	}()
	f()
}
