package layout

import (
	"errors"
	"fmt"
	"reflect"
	"unsafe"
)

// ErrTruncated is matched by the *[Truncated] errors of this package.
var ErrTruncated = errors.New("record is truncated")

// ErrMisaligned is returned by [View] when the bytes start where the type may
// not lie. [Copy] reads them.
var ErrMisaligned = errors.New("record is not aligned for its Go type; copy it instead")

// Truncated reports bytes that end before the type does.
type Truncated struct {
	// Want and Got are sizes in bytes.
	Want, Got int
}

// Error returns both sizes.
func (e *Truncated) Error() string {
	return fmt.Sprintf("record of %s is truncated: its type has %d", bytesText(e.Got), e.Want)
}

// Is makes errors.Is(err, ErrTruncated) hold.
func (e *Truncated) Is(target error) bool { return target == ErrTruncated }

// Copy sets *dst from the first bytes of raw. What is longer than T, such as
// the padding of perf records, is ignored; shorter is a *[Truncated] error and
// leaves *dst alone.
//
// T must have passed [Check]: for a type with pointers this would forge them.
func Copy[T any](dst *T, raw []byte) error {
	if len(raw) < int(unsafe.Sizeof(*dst)) {
		return &Truncated{Want: int(unsafe.Sizeof(*dst)), Got: len(raw)}
	}
	copy(Bytes(dst), raw)
	return nil
}

// View returns the first bytes of raw as a *T without copying. The result is
// valid as long as raw is, and changes with it. Errors are *[Truncated] and
// [ErrMisaligned].
//
// T must have passed [Check].
func View[T any](raw []byte) (*T, error) {
	var zero T
	if len(raw) < int(unsafe.Sizeof(zero)) {
		return nil, &Truncated{Want: int(unsafe.Sizeof(zero)), Got: len(raw)}
	}
	p := unsafe.Pointer(unsafe.SliceData(raw))
	if uintptr(p)%unsafe.Alignof(zero) != 0 {
		return nil, ErrMisaligned
	}
	if p == nil {
		return new(T), nil
	}
	return (*T)(p), nil
}

// Bytes returns the memory of *v, padding included, without copying. Writing
// to it writes to *v.
//
// Map keys are compared byte by byte, so padding must be zero: see
// [Type.Padding] and [ZeroSpans].
func Bytes[T any](v *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v))
}

// SliceBytes is [Bytes] of all elements of s in a row.
func SliceBytes[T any](s []T) []byte {
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(zero)))
}

// reflectBytes returns a copy of the memory of r.
func reflectBytes(r reflect.Value) []byte {
	p := reflect.New(r.Type())
	p.Elem().Set(r)
	return unsafe.Slice((*byte)(p.UnsafePointer()), r.Type().Size())
}

// Bits returns bits first to last of raw, at most 64, counted as those of
// bitfields are.
func Bits(raw []byte, first, last int) uint64 {
	return load(raw, first, last-first+1, bigEndian).lo
}

// SetBits stores the low bits of n where [Bits] finds them.
func SetBits(raw []byte, first, last int, n uint64) {
	store(raw, first, last-first+1, bigEndian, word{lo: n})
}

// HasPointers tells whether a Go type has parts that must not be made of bytes.
func HasPointers(t reflect.Type) bool {
	_, reason := foreign(GoTypeOf(t), "")
	return reason != ""
}
