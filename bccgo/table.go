package bccgo

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"github.com/cilium/ebpf"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/layout"
)

// Value is a piece of kernel memory with its C type: it prints as text and
// marshals to JSON field by field.
type Value = layout.Value

// Table is a table by name, its entries decoded from the C types. The zero
// Table is not usable; Module.Table makes them.
type Table struct {
	module     *Module
	spec       *bundle.Map
	raw        *ebpf.Map
	key, value *layout.Type
	err        error
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
	spec, raw := m.bundle.Map(name), m.maps[name]
	if spec == nil || raw == nil {
		return nil, unknown("table", name, m.Tables())
	}
	t := &Table{module: m, spec: spec, raw: raw}
	var err error
	if t.key, err = m.layoutOf(spec.KeyType, spec.KeyDesc, spec.KeySize); err != nil {
		return nil, fmt.Errorf("read key type of table %s: %w", name, err)
	}
	if t.value, err = m.layoutOf(spec.ValueType, spec.ValueDesc, spec.ValueSize); err != nil {
		return nil, fmt.Errorf("read value type of table %s: %w", name, err)
	}
	return t, nil
}

// layoutOf finds a C type: exactly by its id, else from libbcc's description.
// It is nil where neither tells, as for buffers, which have no entries.
func (m *Module) layoutOf(id uint32, desc string, size uint32) (*layout.Type, error) {
	if t := m.typeByID(id); t != nil {
		return layout.FromBTF(t)
	}
	if desc == "" || size == 0 {
		return nil, nil
	}
	return layout.FromDesc(desc, int(size))
}

// Err is the reason the table cannot be used, nil if it can.
func (t *Table) Err() error { return t.err }

// Name is the table's name in the C text.
func (t *Table) Name() string {
	if t.spec == nil {
		return ""
	}
	return t.spec.Name
}

// Kind is the kernel's type of the table.
func (t *Table) Kind() ebpf.MapType {
	if t.spec == nil {
		return ebpf.UnspecifiedMap
	}
	return ebpf.MapType(t.spec.Type)
}

// FD is the table's file descriptor, -1 for a table that cannot be used. It
// belongs to the module.
func (t *Table) FD() int {
	if t.raw == nil {
		return -1
	}
	return t.raw.FD()
}

// Entry is one entry of a table.
type Entry struct {
	Key Value
	// Value is the entry's value, that of the first CPU in per-CPU tables.
	Value Value
	// PerCPU holds the value on each possible CPU in per-CPU tables.
	PerCPU []Value
}

// MarshalJSON gives {"key":…, "value":…}, the value being a list in per-CPU
// tables.
func (e Entry) MarshalJSON() ([]byte, error) {
	out := struct {
		Key   Value `json:"key"`
		Value any   `json:"value"`
	}{Key: e.Key, Value: e.Value}
	if e.PerCPU != nil {
		out.Value = e.PerCPU
	}
	return json.Marshal(out)
}

// Entries walks over the table. Entries added or removed meanwhile may or may
// not be seen; none is seen twice because of that. An error ends the walk.
func (t *Table) Entries() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if t.err != nil {
			yield(Entry{}, t.err)
			return
		}
		if t.key == nil || t.value == nil {
			yield(Entry{}, &KindError{Op: "list entries", Name: t.Name(), Is: t.Kind().String(), Want: "a table with keys and values"})
			return
		}
		stopped := false
		err := t.walk(func(k, v []byte) bool {
			e, err := t.entry(k, v)
			stopped = !yield(e, err) || err != nil
			return !stopped
		})
		if err != nil && !stopped {
			yield(Entry{}, err)
		}
	}
}

// entry decodes copies of an entry's bytes.
func (t *Table) entry(k, v []byte) (Entry, error) {
	var e Entry
	var err error
	if e.Key, err = t.key.Decode(append([]byte(nil), k...)); err != nil {
		return e, fmt.Errorf("decode key of table %s: %w", t.Name(), err)
	}
	v = append([]byte(nil), v...)
	if e.Value, err = t.value.Decode(v); err != nil {
		return e, fmt.Errorf("decode value of table %s: %w", t.Name(), err)
	}
	if !perCPU(t.Kind()) {
		return e, nil
	}
	stride := roundUp8(int(t.spec.ValueSize))
	for ; len(v) >= stride; v = v[stride:] {
		one, err := t.value.Decode(v[:t.spec.ValueSize])
		if err != nil {
			return e, fmt.Errorf("decode value of table %s: %w", t.Name(), err)
		}
		e.PerCPU = append(e.PerCPU, one)
	}
	return e, nil
}

// Print writes the entries, one a line as "key value".
func (t *Table) Print(w io.Writer) error {
	for e, err := range t.Entries() {
		if err != nil {
			return err
		}
		if e.PerCPU != nil {
			_, err = fmt.Fprintf(w, "%v %v\n", e.Key, e.PerCPU)
		} else {
			_, err = fmt.Fprintf(w, "%v %v\n", e.Key, e.Value)
		}
		if err != nil {
			return fmt.Errorf("print table %s: %w", t.Name(), err)
		}
	}
	return nil
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
