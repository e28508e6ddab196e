package bccgo

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
)

// InnerTables is a table whose values are tables (BPF_ARRAY_OF_MAPS,
// BPF_HASH_OF_MAPS). In C, outer.lookup(&key) finds one, which
// bpf_map_lookup_elem and its like take. All have the shape of the template that
// the text names. It needs Linux 4.12.
type InnerTables[K any] struct{ refs references[K] }

// MapOfMaps opens a table of tables with a Go type for its keys: int32 for a
// BPF_ARRAY_OF_MAPS. An error, which may be a *LayoutError, is returned by every
// method.
func MapOfMaps[K any](m *Module, name string) *InnerTables[K] {
	return &InnerTables[K]{openReferences[K](m, name, "tables (BPF_ARRAY_OF_MAPS, BPF_HASH_OF_MAPS)",
		ebpf.ArrayOfMaps, ebpf.HashOfMaps)}
}

// Err is the reason the table cannot be used, nil if it can.
func (i *InnerTables[K]) Err() error {
	if i == nil {
		return errNoTable
	}
	return i.refs.err
}

// New makes an empty table in the shape of the template, which Set then puts
// somewhere. MapOf opens it with Go types. It lasts as long as the module, and
// where it was put longer.
func (i *InnerTables[K]) New() (*Table, error) {
	if err := i.Err(); err != nil {
		return nil, err
	}
	m, template := i.refs.table.module, i.template()
	spec, err := m.mapSpec(template)
	if err != nil {
		return nil, err
	}
	made, err := ebpf.NewMap(spec)
	if err != nil {
		return nil, mapError(template, err)
	}
	return m.innerTable(template, made)
}

// Set puts a table, of this module or another, at a key. One of another shape
// than the template is a *KindError.
func (i *InnerTables[K]) Set(key K, inner *Table) error {
	if err := i.Err(); err != nil {
		return err
	}
	err := inner.on(func(fd int) error { return i.refs.put(key, uint32(fd)) })
	if errors.Is(err, unix.EINVAL) {
		t := i.template()
		return errors.Join(inner.kindError(fmt.Sprintf("put into table %s", i.refs.table.Name()),
			fmt.Sprintf("a table like %s (%s, %d+%d bytes, %d entries, flags %#x)", t.Name,
				ebpf.MapType(t.Type), t.KeySize, t.ValueSize, t.MaxEntries, t.Flags)), err)
	}
	return err
}

// Lookup returns the table at a key; ErrKeyNotExist if none is there. It lasts as
// long as the module.
func (i *InnerTables[K]) Lookup(key K) (*Table, error) {
	if err := i.Err(); err != nil {
		return nil, err
	}
	id, err := i.refs.get(key)
	if err != nil {
		return nil, err
	}
	found, err := ebpf.NewMapFromID(ebpf.MapID(id))
	if err != nil {
		return nil, i.refs.table.fail(fmt.Errorf("open the table of number %d: %w", id, err))
	}
	return i.refs.table.module.innerTable(i.template(), found)
}

// Delete takes the table at a key out; ErrKeyNotExist if none is there.
func (i *InnerTables[K]) Delete(key K) error {
	if err := i.Err(); err != nil {
		return err
	}
	return i.refs.remove(key)
}

// Keys lists the keys of a BPF_HASH_OF_MAPS; of an array it lists all indexes,
// filled or not.
func (i *InnerTables[K]) Keys() ([]K, error) {
	if err := i.Err(); err != nil {
		return nil, err
	}
	return i.refs.keys()
}

// Clear takes all tables out.
func (i *InnerTables[K]) Clear() error {
	if err := i.Err(); err != nil {
		return err
	}
	return i.refs.clear()
}

// template is the table that says what the inner ones are like.
func (i *InnerTables[K]) template() *bundle.Map {
	t := i.refs.table
	return t.module.bundle.Map(t.spec.Inner)
}

// innerTable makes a Table of one that the text does not name. The module closes
// it.
func (m *Module) innerTable(template *bundle.Map, raw *ebpf.Map) (*Table, error) {
	spec := *template
	spec.MaxEntries = raw.MaxEntries()
	t := &Table{module: m, spec: &spec, raw: raw, events: noEvents}
	err := m.closeWithTables(raw)
	if err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	if t.key, err = m.types.Key(&spec); err != nil {
		return nil, err
	}
	t.value, err = m.types.Value(&spec)
	return t, err
}

// closeWithTables has the module close a table that the text does not name.
func (m *Module) closeWithTables(raw *ebpf.Map) error {
	m.tables.Lock()
	defer m.tables.Unlock()
	if m.tablesClosed {
		return ErrClosed
	}
	m.unnamed = append(m.unnamed, raw)
	return nil
}
