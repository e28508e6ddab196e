package bccgo

import "testing"

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
