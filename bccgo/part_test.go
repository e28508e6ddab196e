package bccgo

import (
	"encoding/binary"
	"testing"
)

// halves is a member of a union.
type halves struct {
	Low, High uint32
	Name      [4]byte
}

func TestPart(t *testing.T) {
	raw := make([]byte, 16)
	for i := range raw {
		raw[i] = byte(i)
	}
	if got, want := Part[uint32](raw, 3), binary.NativeEndian.Uint32(raw[3:]); got != want {
		t.Errorf("integer at byte 3: %#x, want %#x", got, want)
	}
	want := halves{binary.NativeEndian.Uint32(raw[1:]), binary.NativeEndian.Uint32(raw[5:]), [4]byte{9, 10, 11, 12}}
	if got := Part[halves](raw, 1); got != want {
		t.Errorf("struct at byte 1: %+v, want %+v", got, want)
	}
	if got := Part[[3]uint8](raw, 13); got != [3]uint8{13, 14, 15} {
		t.Errorf("array at the end: %v", got)
	}
	SetPart(raw, 2, halves{Low: 1, High: 1 << 31, Name: [4]byte{'a', 'b'}})
	if got := Part[halves](raw, 2); got.Low != 1 || got.High != 1<<31 || got.Name != [4]byte{'a', 'b'} {
		t.Errorf("what was set: %+v", got)
	}
	if raw[1] != 1 || raw[14] != 14 {
		t.Errorf("the bytes around it changed: % x", raw)
	}
}

func TestPartRefuses(t *testing.T) {
	raw := make([]byte, 8)
	mustPanic(t, "bytes 5 to 8 of 8", func() { Part[uint32](raw, 5) })
	mustPanic(t, "bytes -1", func() { Part[uint8](raw, -1) })
	mustPanic(t, "bytes 1 to 8", func() { SetPart(raw, 1, uint64(0)) })
	mustPanic(t, "has pointers", func() { Part[*int](raw, 0) })
	mustPanic(t, "has pointers", func() { Part[struct{ S string }](raw, 0) })
	mustPanic(t, "has pointers", func() { SetPart(raw, 0, []byte{1}) })
}

func TestPartAllocatesNothing(t *testing.T) {
	raw := make([]byte, 16)
	var sum uint32
	if n := testing.AllocsPerRun(100, func() { sum += Part[uint32](raw, 1) + Part[halves](raw, 2).High }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
