package bccgo

import "testing"

func TestPerfSize(t *testing.T) {
	const kib = 1 << 10
	for cpus, want := range map[int]int{1: 1024 * kib, 2: 1024 * kib, 8: 1024 * kib, 9: 512 * kib, 16: 512 * kib, 17: 256 * kib, 64: 256 * kib, 256: 256 * kib} {
		if got := perfSize(cpus); got != want {
			t.Errorf("%d CPUs: %d KiB each, want %d", cpus, got/kib, want/kib)
		}
	}
}
