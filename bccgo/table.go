package bccgo

import (
	"fmt"
	"sync"

	"github.com/cilium/ebpf"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/layout"
)

// Value is a piece of kernel memory with its C type: it prints as text and
// marshals to JSON field by field.
type Value = layout.Value

// Field is a named part of a Value.
type Field = layout.Field

// ValueError means that a Go value, or a text, does not fit a C type.
type ValueError = layout.ValueError

// Table is a table by name. Keys and values go in as Go values that fit the C
// types, and come out as Values decoded from them; Map, PerCPU, Queue and LPM
// open the same tables with Go types instead, which is faster.
//
// The zero Table and a nil one return errors; Module.Table makes usable ones.
// A table lives as long as its module: after Module.Close every method returns
// ErrClosed, and a walk that is under way ends with it. All methods may be
// called from several goroutines.
type Table struct {
	module     *Module
	spec       *bundle.Map
	raw        *ebpf.Map
	key, value *layout.Type
	err        error
	// events are the types that a buffer carries.
	events func() ([]*layout.Type, error)
}

// Table returns the table of that name. An unknown name gives a table whose
// methods all return an *UnknownError, so that calls can be chained.
func (m *Module) Table(name string) *Table {
	t, err := m.table(name)
	if err != nil {
		return &Table{err: err}
	}
	return t
}

func (m *Module) table(name string) (*Table, error) {
	if m == nil {
		return nil, fmt.Errorf("table %s: %w", name, errNoModule)
	}
	if t, ok := m.known.Load(name); ok {
		return t.(*Table), nil
	}
	spec, raw := m.bundle.Map(name), m.maps[name]
	if spec == nil || raw == nil {
		return nil, unknown("table", name, m.Tables())
	}
	t := &Table{module: m, spec: spec, raw: raw}
	t.events = sync.OnceValues(func() ([]*layout.Type, error) { return m.types.Events(name) })
	var err error
	if t.key, err = m.types.Key(spec); err != nil {
		return nil, err
	}
	if t.value, err = m.types.Value(spec); err != nil {
		return nil, err
	}
	m.known.Store(name, t)
	return t, nil
}

// Err is the reason the table cannot be used, nil if it can.
func (t *Table) Err() error { return t.on(func(int) error { return nil }) }

// Name is the table's name in the C text.
func (t *Table) Name() string {
	if t == nil || t.spec == nil {
		return ""
	}
	return t.spec.Name
}

// Kind is the kernel's type of the table.
func (t *Table) Kind() ebpf.MapType {
	if t == nil || t.spec == nil {
		return ebpf.UnspecifiedMap
	}
	return ebpf.MapType(t.spec.Type)
}

// MaxEntries is how many entries the table can hold, an array's length.
func (t *Table) MaxEntries() int {
	if t.usable() != nil {
		return 0
	}
	return int(t.raw.MaxEntries())
}

// Flags are the flags the table was made with (BPF_F_… in linux/bpf.h).
func (t *Table) Flags() uint32 {
	if t.usable() != nil {
		return 0
	}
	return t.raw.Flags()
}

// KeyType is the C type of the keys, a struct with its members; "" if unknown.
func (t *Table) KeyType() string {
	if t.usable() != nil || t.key == nil {
		return ""
	}
	return t.key.String()
}

// ValueType is the C type of the values as KeyType is that of the keys.
func (t *Table) ValueType() string {
	if t.usable() != nil || t.value == nil {
		return ""
	}
	return t.value.String()
}

// FD is the table's file descriptor, -1 for a table that cannot be used. It
// belongs to the module, which closes it: so it must not be used any more when
// Module.Close may have been called.
func (t *Table) FD() int {
	fd, err := t.acquire()
	if err != nil {
		return -1
	}
	t.release()
	return fd
}

func perCPU(t ebpf.MapType) bool {
	switch t {
	case ebpf.PerCPUHash, ebpf.PerCPUArray, ebpf.LRUCPUHash, ebpf.PerCPUCGroupStorage:
		return true
	}
	return false
}

// roundUp8 is how the kernel pads the values of per-CPU tables.
func roundUp8(n int) int { return (n + 7) &^ 7 }
