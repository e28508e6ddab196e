package bccgo

import "math/bits"

// log2Slots is the number of slots a power-of-two histogram of 64-bit values
// can use: slot 0, which no value falls into, and slots 1 to 64.
const log2Slots = 65

// Log2Bucket returns the histogram slot of v, as bpf_log2l(v) computes it
// inside a program: 1 for 0 and 1, 2 for 2 and 3, 3 for 4 to 7, up to 64.
func Log2Bucket(v uint64) int {
	return max(1, bits.Len64(v))
}

// BucketRange returns the smallest and the largest value counted in a slot
// of a power-of-two histogram. Slot 1 holds 0 and 1. A slot outside 1 to 64
// holds nothing and gives 0, 0.
func BucketRange(slot int) (low, high uint64) {
	if slot < 1 || slot >= log2Slots {
		return 0, 0
	}
	high = 1<<slot - 1
	if slot == 1 {
		return 0, high
	}
	return 1 << (slot - 1), high
}
