package bccgo

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/bccgo/bcc/bccgo/internal/layout"
)

// Part returns the T that begins at a byte of b. It reads what a Go struct holds
// as bytes: a member of a C union, or one of a packed struct that lies where Go
// puts nothing of its type:
//
//	type address [16]byte // union { u32 v4; u8 v6[16]; }
//
//	func (a *address) V4() uint32 { return bccgo.Part[uint32](a[:], 0) }
//
// The types that bccgo gen writes have such methods. Part panics if b is too
// short, and for types with pointers of any sort, strings and slices included.
func Part[T any](b []byte, offset int) T {
	var v T
	copy(layout.Bytes(&v), partOf[T](b, offset, len(layout.Bytes(&v))))
	return v
}

// SetPart stores v where Part finds it.
func SetPart[T any](b []byte, offset int, v T) {
	copy(partOf[T](b, offset, len(layout.Bytes(&v))), layout.Bytes(&v))
}

// partOf are the bytes of a T.
func partOf[T any](b []byte, offset, size int) []byte {
	if typ := reflect.TypeFor[T](); !plain(typ) {
		panic(fmt.Sprintf("bccgo.Part: a Go %v has pointers, which must not be made of bytes", typ))
	}
	if offset < 0 || offset+size > len(b) {
		panic(fmt.Sprintf("bccgo.Part: bytes %d to %d of %d", offset, offset+size-1, len(b)))
	}
	return b[offset : offset+size]
}

// plainTypes remembers which types are plain, for those that take time to tell.
var plainTypes sync.Map

// plain tells whether a type is all bytes and no pointers.
func plain(t reflect.Type) bool {
	if t.Kind() <= reflect.Complex128 {
		return true
	}
	known, ok := plainTypes.Load(t)
	if !ok {
		known = !layout.HasPointers(t)
		plainTypes.Store(t, known)
	}
	return known.(bool)
}
