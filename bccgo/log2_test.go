package bccgo

import "testing"

func TestLog2Bucket(t *testing.T) {
	for v, want := range map[uint64]int{
		0: 1, 1: 1, 2: 2, 3: 2, 4: 3, 7: 3, 8: 4, 1023: 10, 1024: 11,
		1<<32 - 1: 32, 1 << 32: 33, 1<<63 - 1: 63, 1 << 63: 64, 1<<64 - 1: 64,
	} {
		if got := Log2Bucket(v); got != want {
			t.Errorf("Log2Bucket(%d) = %d, want %d", v, got, want)
		}
	}
}

func TestBucketRangesMeet(t *testing.T) {
	next := uint64(0)
	for slot := 1; slot <= 64; slot++ {
		low, high := BucketRange(slot)
		if low != next {
			t.Errorf("slot %d starts at %d, want %d", slot, low, next)
		}
		if Log2Bucket(low) != slot || Log2Bucket(high) != slot {
			t.Errorf("slot %d: its bounds %d and %d fall into %d and %d", slot, low, high, Log2Bucket(low), Log2Bucket(high))
		}
		next = high + 1
	}
	if next != 0 {
		t.Errorf("slot 64 ends before %d, want it to end at the largest uint64", next)
	}
}

func TestBucketRangeOutside(t *testing.T) {
	for _, slot := range []int{-1, 0, 65, 1000} {
		if low, high := BucketRange(slot); low != 0 || high != 0 {
			t.Errorf("BucketRange(%d) = %d, %d, want 0, 0", slot, low, high)
		}
	}
}
