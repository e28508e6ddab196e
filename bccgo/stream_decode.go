package bccgo

import (
	"errors"

	"github.com/bccgo/bcc/bccgo/internal/layout"
)

// Decode reads a record's bytes as the C struct that the program sends: of
// several, the one whose size the record has. It is an error if the program
// does not show what it sends, and a *ShortEventError if the bytes are too few.
// What follows the struct, such as a packet's bytes, is left out.
func (s *RawEventStream) Decode(r Record) (Value, error) {
	if s == nil {
		return Value{}, errNoStream
	}
	return decodeEvent(s.name, s.types, r.Data)
}

// Typed tells whether Decode knows a C struct.
func (s *RawEventStream) Typed() bool { return s != nil && len(s.types) > 0 }

func decodeEvent(name string, types []*layout.Type, data []byte) (Value, error) {
	typ := typeOfSize(types, len(data))
	if typ == nil {
		return Value{}, &LayoutError{Op: "decode event of", Table: name, Err: errors.New("its C type is not known")}
	}
	v, err := typ.Decode(data)
	if err != nil {
		return v, shortEvent(name, err)
	}
	return v, nil
}

// perfHeader is the size that the kernel puts before a perf record's data; the
// two together are padded to 8 bytes.
const perfHeader = 4

func typeOfSize(types []*layout.Type, size int) *layout.Type {
	for _, t := range types {
		if isSizeOf(t.Size, size) {
			return t
		}
	}
	if len(types) > 0 {
		return types[0]
	}
	return nil
}

// isSizeOf reports whether an event of size bytes can be a struct's, as it is
// or padded.
func isSizeOf(structSize, size int) bool {
	return structSize == size || roundUp8(structSize+perfHeader)-perfHeader == size
}

// Event decodes the bytes of an event that was sent through the table, a perf
// buffer or a ring buffer, as RawEventStream.Decode does.
func (t *Table) Event(data []byte) (Value, error) {
	if err := t.usable(); err != nil {
		return Value{}, err
	}
	if !isBuffer(t.Kind()) {
		return Value{}, t.kindError("decode event", anyBuffer)
	}
	types, err := t.events()
	if err != nil {
		return Value{}, err
	}
	return decodeEvent(t.Name(), types, data)
}

// Decoder reads a buffer's events as values of a Go type, for those who get
// their bytes from OpenPerfBuffer or OpenRingBuffer. It may be used from several
// goroutines and after its module was closed.
type Decoder[T any] struct{ name string }

// NewDecoder makes a decoder after it has checked T as Stream does.
func NewDecoder[T any](m *Module, name string) (*Decoder[T], error) {
	types, err := m.eventLayouts(name)
	if err == nil {
		_, err = fitting[T](types, name)
	}
	if err != nil {
		return nil, err
	}
	return &Decoder[T]{name}, nil
}

// Decode reads an event. Bytes that are too few are a *ShortEventError.
func (d *Decoder[T]) Decode(data []byte) (T, error) {
	var ev T
	if d == nil {
		return ev, errNoDecoder
	}
	if err := layout.Copy(&ev, data); err != nil {
		return ev, shortEvent(d.name, err)
	}
	return ev, nil
}

// Rest is what follows the struct in an event's bytes, as EventStream.Rest.
func (d *Decoder[T]) Rest(data []byte) []byte {
	var ev T
	return data[min(len(layout.Bytes(&ev)), len(data)):]
}

var errNoDecoder = errors.New("there is no decoder: check the error that NewDecoder returned")
