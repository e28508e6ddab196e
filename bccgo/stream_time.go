package bccgo

import (
	"encoding/binary"
	"fmt"
	"reflect"

	"github.com/bccgo/bcc/bccgo/internal/layout"
)

// timeField is where one of a buffer's structs has the time to order by.
type timeField struct {
	size   int // of the struct
	offset int
}

// orderBy makes the stream deliver in the order of a field.
func (s *RawEventStream) orderBy(name string) error {
	if name == "" {
		return nil
	}
	times, err := timeFields(s.name, s.types, name)
	if err != nil {
		return err
	}
	s.times = times
	s.order = newOrderer(s.opts.OrderDelay, s.opts.Latency, s.opts.OrderBytes)
	return nil
}

// timeFields finds a field in all structs of a buffer.
func timeFields(buffer string, types []*layout.Type, name string) ([]timeField, error) {
	if len(types) == 0 {
		return nil, &OrderError{buffer, name, "the program does not show what it sends"}
	}
	var found []timeField
	for _, t := range types {
		m, ok := t.Find(name)
		switch {
		case !ok:
			return nil, &OrderError{buffer, name, "there is no such field in " + t.String()}
		case m.BitSize > 0 || m.Type.Kind != layout.Int || m.Type.Size != 8 || m.Type.Signed:
			return nil, &OrderError{buffer, name, fmt.Sprintf("it is a %s and not a u64", m.Type.Name)}
		}
		found = append(found, timeField{t.Size, m.Offset})
	}
	return found, nil
}

// timeOf reads an event's time. There is none in an event that is too short.
func (s *RawEventStream) timeOf(data []byte) (uint64, bool) {
	at := s.times[0].offset
	for _, f := range s.times[1:] {
		if isSizeOf(f.size, len(data)) && !isSizeOf(s.times[0].size, len(data)) {
			at = f.offset
			break
		}
	}
	if len(data) < at+8 {
		return 0, false
	}
	return binary.NativeEndian.Uint64(data[at:]), true
}

// taggedName gives the C name of a Go field that has a tag, and any other name
// as it is.
func taggedName[T any](name string) string {
	t := reflect.TypeFor[T]()
	if t.Kind() != reflect.Struct {
		return name
	}
	if f, ok := t.FieldByName(name); ok && f.Tag.Get("bcc") != "" {
		return f.Tag.Get("bcc")
	}
	return name
}

// Ordered says how ordering went so far. In a group that orders, the group
// counts for all its streams.
func (s *RawEventStream) Ordered() OrderCounts {
	if s == nil || s.order == nil {
		return OrderCounts{}
	}
	return s.order.counts()
}

// OrderError means that events cannot be ordered by a field.
type OrderError struct {
	// Buffer and Field are the names as given, Reason what is wrong.
	Buffer, Field, Reason string
}

func (e *OrderError) Error() string {
	return fmt.Sprintf("order events of %s by field %q: %s", e.Buffer, e.Field, e.Reason)
}
