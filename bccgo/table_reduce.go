package bccgo

import (
	"errors"
	"math"
)

var errNotNumber = errors.New("its values are no integers of 64 bits: reduce Entry.PerCPU instead")

// values are the entry's values: one, or that of each CPU.
func (e Entry) values() []Value {
	if e.PerCPU != nil {
		return e.PerCPU
	}
	return []Value{e.Value}
}

// Sum adds the values of all CPUs. The result has their C type, so a sum too
// large wraps around as in C. Values must be integers; structs are for
// Reduce.
func (e Entry) Sum() (Value, error) {
	return e.reduceIntegers(Sum[int64], Sum[uint64])
}

// Max is the largest value of any CPU, as Sum is the sum.
func (e Entry) Max() (Value, error) {
	return e.reduceIntegers(Max[int64], Max[uint64])
}

// Min is the smallest value of any CPU, as Sum is the sum.
func (e Entry) Min() (Value, error) {
	return e.reduceIntegers(Min[int64], Min[uint64])
}

// Average is the mean of the values of all possible CPUs.
func (e Entry) Average() (float64, error) {
	var sum float64
	values := e.values()
	for _, v := range values {
		if n, ok := v.Uint(); ok {
			sum += float64(n)
		} else if n, ok := v.Int(); ok {
			sum += float64(n)
		} else {
			return math.NaN(), e.notNumber()
		}
	}
	return sum / float64(len(values)), nil
}

// Reduce combines the values of all CPUs, in order, two at a time.
func (e Entry) Reduce(combine func(a, b Value) Value) Value {
	values := e.values()
	out := values[0]
	for _, v := range values[1:] {
		out = combine(out, v)
	}
	return out
}

func (e Entry) notNumber() error {
	if t := e.Value.Type(); t != nil {
		return &ValueError{Type: t.Name, Reason: errNotNumber.Error()}
	}
	return errNotNumber
}

// reduceIntegers works on the numbers as signed ones if the C type is signed.
func (e Entry) reduceIntegers(signed func([]int64) int64, unsigned func([]uint64) uint64) (Value, error) {
	typ := e.Value.Type()
	if typ == nil {
		return Value{}, errNotNumber
	}
	if typ.Signed {
		return reduceAs(e, Value.Int, signed)
	}
	return reduceAs(e, Value.Uint, unsigned)
}

func reduceAs[N int64 | uint64](e Entry, read func(Value) (N, bool), reduce func([]N) N) (Value, error) {
	var numbers []N
	for _, v := range e.values() {
		n, ok := read(v)
		if !ok {
			return Value{}, e.notNumber()
		}
		numbers = append(numbers, n)
	}
	return e.Value.Type().Wrap(uint64(reduce(numbers)))
}
