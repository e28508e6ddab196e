package main

import (
	"encoding/binary"
	"fmt"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/probespec"
)

// headSize is the size of the program's struct head.
const headSize = 64

// unreadable is the program's UNREADABLE, in the second byte of a string that could
// not be read.
const unreadable = 1

// event is what a probe sent.
type event struct {
	probe       *probe
	time, place uint64
	// kernelStack and userStack are keys, the latter a number that may be negative
	// for stacks with build ids.
	kernelStack uint64
	userStack   int64
	pid, tid    uint32
	cpu         int
	comm        bccgo.Comm
	// values are int64, uint64, string, or address.
	values []any
}

// address is the value of %K and %U.
type address struct {
	of      uint64
	process bool
}

// decode reads an event of one of the probes.
func decode(r bccgo.Record, probes []*probe, stringSize int) (*event, error) {
	short := func(want int) error { return fmt.Errorf("an event has %d bytes in place of %d", len(r.Data), want) }
	if len(r.Data) < headSize {
		return nil, short(headSize)
	}
	order := binary.NativeEndian
	e := &event{
		time: order.Uint64(r.Data), place: order.Uint64(r.Data[8:]),
		kernelStack: order.Uint64(r.Data[16:]), userStack: int64(order.Uint64(r.Data[24:])),
		pid: order.Uint32(r.Data[36:]), tid: order.Uint32(r.Data[40:]), cpu: r.CPU,
	}
	copy(e.comm[:], r.Data[48:])
	number := int(order.Uint32(r.Data[32:]))
	if number >= len(probes) {
		return nil, fmt.Errorf("an event is of probe %d, of %d", number, len(probes))
	}
	e.probe = probes[number]
	if want := e.probe.size(stringSize); len(r.Data) < want {
		return nil, short(want)
	}
	rest := r.Data[headSize:]
	for _, c := range e.probe.format.conversions {
		e.values = append(e.values, c.value(rest))
		rest = rest[c.size(stringSize):]
	}
	return e, nil
}

// value reads the value that begins data.
func (c conversion) value(data []byte) any {
	if c.kind == 's' {
		if data[0] == 0 && data[1] == unreadable {
			return "[unreadable]"
		}
		return bccgo.CString(data)
	}
	n := binary.NativeEndian.Uint64(data)
	switch {
	case c.kind == 'c':
		return string([]byte{byte(n)})
	case c.kind == 'K' || c.kind == 'U':
		return address{n, c.kind == 'U'}
	case c.signed:
		return int64(n)
	}
	return n
}

// function is what the column FUNC has.
func (e *event) function() string {
	name := e.probe.places.Name(e.place)
	if e.probe.spec.Kind != probespec.Tracepoint {
		return name
	}
	for i := range name {
		if name[i] == ':' {
			return name[i+1:]
		}
	}
	return name
}
