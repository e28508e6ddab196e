package bccgo

import (
	"fmt"
	"iter"

	"github.com/cilium/ebpf"

	"github.com/bccgo/bcc/bccgo/internal/layout"
	"github.com/bccgo/bcc/bccgo/internal/sysbpf"
)

// PerCPUMap is a table that has a value of its own on each possible CPU, with
// Go types for its keys and values. Sum, Average, Min and Max make one of the
// values of a key, Reduce of those of each key.
type PerCPUMap[K, V any] struct {
	typed *TypedMap[K, V]
	size  int // of all values of one key, as the kernel copies them
}

// PerCPU opens a per-CPU hash or array as Go types, which are checked as Map
// checks them.
func PerCPU[K, V any](m *Module, name string) (*PerCPUMap[K, V], error) {
	t, err := m.table(name)
	if err != nil {
		return nil, err
	}
	switch t.Kind() {
	case ebpf.PerCPUHash, ebpf.PerCPUArray, ebpf.LRUCPUHash, ebpf.PerCPUCGroupStorage:
	default:
		return nil, t.kindError("open table per CPU", "a per-CPU hash or array")
	}
	typed, err := newTypedMap[K, V](t)
	if err != nil {
		return nil, err
	}
	size, err := t.valueBytes()
	if err != nil {
		return nil, t.fail(err)
	}
	return &PerCPUMap[K, V]{typed: typed, size: size}, nil
}

// tm is the table with one value a key, nil for a nil map.
func (m *PerCPUMap[K, V]) tm() *TypedMap[K, V] {
	if m == nil {
		return nil
	}
	return m.typed
}

// Table is the same table without Go types.
func (m *PerCPUMap[K, V]) Table() *Table { return m.tm().Table() }

// Lookup returns a key's value on each possible CPU; ErrKeyNotExist if there is
// no such key.
func (m *PerCPUMap[K, V]) Lookup(key K) ([]V, error) {
	return m.read(key, m.tm().tab().lookupElem)
}

// LookupAndDelete is Lookup that also removes the key, as that of TypedMap does.
func (m *PerCPUMap[K, V]) LookupAndDelete(key K) ([]V, error) {
	t := m.tm().tab()
	if err := t.wantRemovable("take an entry"); err != nil {
		return nil, err
	}
	return m.read(key, t.takeElem)
}

func (m *PerCPUMap[K, V]) read(key K, read func(key, value []byte) error) ([]V, error) {
	t := m.tm().tab()
	if err := t.usable(); err != nil {
		return nil, err
	}
	raw := make([]byte, m.size)
	if err := read(m.typed.keyBytes(&key), raw); err != nil {
		return nil, t.fail(err)
	}
	return m.split(raw), nil
}

// Update sets a key's value on each possible CPU; there must be one for each.
func (m *PerCPUMap[K, V]) Update(key K, values []V) error {
	return m.update(key, values, sysbpf.Any)
}

// Insert is Update for a new key; ErrKeyExist if it is not new.
func (m *PerCPUMap[K, V]) Insert(key K, values []V) error {
	return m.update(key, values, sysbpf.NoExist)
}

// Replace is Update for a key that is there; ErrKeyNotExist if it is not.
func (m *PerCPUMap[K, V]) Replace(key K, values []V) error {
	return m.update(key, values, sysbpf.Exist)
}

func (m *PerCPUMap[K, V]) update(key K, values []V, flags uint64) error {
	t := m.tm().tab()
	if err := t.usable(); err != nil {
		return err
	}
	stride := m.stride()
	if len(values)*stride != m.size {
		return t.fail(cpuCountError(len(values), m.size/stride))
	}
	raw := make([]byte, m.size)
	for i := range values {
		copy(raw[i*stride:], layout.Bytes(&values[i]))
	}
	return t.fail(t.updateElem(m.typed.keyBytes(&key), raw, flags))
}

func cpuCountError(given, possible int) error {
	return fmt.Errorf("%d values given, this host has %d possible CPUs", given, possible)
}

// Delete removes a key on all CPUs; ErrKeyNotExist if there is none. In arrays
// it sets the values to zero.
func (m *PerCPUMap[K, V]) Delete(key K) error { return m.tm().Delete(key) }

// BatchDelete removes many keys, as that of TypedMap does.
func (m *PerCPUMap[K, V]) BatchDelete(keys []K) (int, error) { return m.tm().BatchDelete(keys) }

// BatchLookupAndDelete empties the table and returns what was in it, as that of
// TypedMap does.
func (m *PerCPUMap[K, V]) BatchLookupAndDelete() (keys []K, values [][]V, err error) {
	t := m.tm().tab()
	if err := t.wantRemovable("take entries"); err != nil {
		return nil, nil, err
	}
	err = walker{table: t, take: true, visit: func(kb, vb []byte) bool {
		var k K
		copy(layout.Bytes(&k), kb)
		keys, values = append(keys, k), append(values, m.split(vb))
		return true
	}}.walk()
	return keys, values, err
}

// Len counts the keys, as Table.Len does.
func (m *PerCPUMap[K, V]) Len() (int, error) { return m.tm().Len() }

// Clear removes all keys, as Table.Clear does.
func (m *PerCPUMap[K, V]) Clear() error { return m.tm().Clear() }

// Zero sets all values on all CPUs to zero, as Table.Zero does.
func (m *PerCPUMap[K, V]) Zero() error { return m.tm().Zero() }

// All walks over the keys and their values on each possible CPU, with the
// guarantees of Table.Entries. Err tells afterwards whether the walk was
// complete.
func (m *PerCPUMap[K, V]) All() iter.Seq2[K, []V] {
	return func(yield func(K, []V) bool) {
		var k K
		kb := layout.Bytes(&k)
		m.tm().setErr(walker{table: m.tm().tab(), visit: func(key, value []byte) bool {
			copy(kb, key)
			return yield(k, m.split(value))
		}}.walk())
	}
}

// Err is the error that ended the last walk early, nil if none did.
func (m *PerCPUMap[K, V]) Err() error { return m.tm().Err() }

func (m *PerCPUMap[K, V]) stride() int { return roundUp8(int(m.typed.table.spec.ValueSize)) }

// split cuts the kernel's copy into the CPUs' values.
func (m *PerCPUMap[K, V]) split(raw []byte) []V {
	stride := m.stride()
	values := make([]V, len(raw)/stride)
	for i := range values {
		copy(layout.Bytes(&values[i]), raw[i*stride:])
	}
	return values
}
