package bccgo

import (
	"iter"
	"slices"
)

// number is any integer or floating-point type.
type number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 |
		~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr | ~float32 | ~float64
}

// Sum adds the values of all CPUs. A sum too large for the type wraps around as
// it does in C.
func Sum[V number](values []V) V {
	var sum V
	for _, v := range values {
		sum += v
	}
	return sum
}

// Average is the mean of the values of all possible CPUs, those that never ran
// the program included; 0 of none.
func Average[V number](values []V) float64 {
	if len(values) == 0 {
		return 0
	}
	var sum float64
	for _, v := range values {
		sum += float64(v)
	}
	return sum / float64(len(values))
}

// Max is the largest value of any CPU, 0 of none.
func Max[V number](values []V) V {
	if len(values) == 0 {
		return 0
	}
	return slices.Max(values)
}

// Min is the smallest value of any CPU, 0 of none. It is 0, too, as long as the
// program has not run on some possible CPU.
func Min[V number](values []V) V {
	if len(values) == 0 {
		return 0
	}
	return slices.Min(values)
}

// Reduce walks over a per-CPU table as PerCPUMap.All does, with the values of
// each key made into one: by Sum, Average, Max, Min or a function of the
// caller's. The slice that function gets is its own.
func Reduce[K, V, R any](m *PerCPUMap[K, V], reduce func(values []V) R) iter.Seq2[K, R] {
	return func(yield func(K, R) bool) {
		for k, values := range m.All() {
			if !yield(k, reduce(values)) {
				return
			}
		}
	}
}
