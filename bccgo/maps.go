package bccgo

import (
	"errors"
	"iter"
	"reflect"
	"sync"

	"github.com/cilium/ebpf"

	"github.com/bccgo/bcc/bccgo/internal/ctypes"
	"github.com/bccgo/bcc/bccgo/internal/layout"
	"github.com/bccgo/bcc/bccgo/internal/sysbpf"
)

// TypedMap is a table with Go types for its keys and values. All methods may be
// called from several goroutines; a nil TypedMap returns errors.
type TypedMap[K, V any] struct {
	table   *Table
	padding []layout.Span

	mu  sync.Mutex
	err error
}

// Map opens a hash, an array, a histogram, a longest-prefix table or storage of
// control groups (BPF_CGROUP_STORAGE, with CgroupStorageKey as keys) as Go types,
// which are checked against the C types: a difference is a *LayoutError that
// shows both and a Go type that fits. Per-CPU tables are opened by PerCPU: for
// them and for tables without keys the error is a *KindError.
func Map[K, V any](m *Module, name string) (*TypedMap[K, V], error) {
	t, err := m.table(name)
	if err != nil {
		return nil, err
	}
	return MapOf[K, V](t)
}

// MapOf is Map for a table that has no name in the text: one of a table of tables
// (InnerTables).
func MapOf[K, V any](t *Table) (*TypedMap[K, V], error) {
	if err := t.usable(); err != nil {
		return nil, err
	}
	switch t.Kind() {
	case ebpf.Hash, ebpf.LRUHash, ebpf.Array, ebpf.LPMTrie, ebpf.CGroupStorage:
	default:
		return nil, t.kindError("open table as Go types", "a hash or an array")
	}
	return newTypedMap[K, V](t)
}

func newTypedMap[K, V any](t *Table) (*TypedMap[K, V], error) {
	if err := checkType[K](t.key, t.spec.KeySize, "key of table", t.Name()); err != nil {
		return nil, err
	}
	if err := checkType[V](t.value, t.spec.ValueSize, "value of table", t.Name()); err != nil {
		return nil, err
	}
	return &TypedMap[K, V]{table: t, padding: t.key.Padding()}, nil
}

// checkType compares a Go type with a C type.
func checkType[T any](c *layout.Type, size uint32, op, table string) error {
	if err := ctypes.CheckEntry(c, size, layout.GoTypeOf(reflect.TypeFor[T]())); err != nil {
		return &LayoutError{Op: op, Table: table, Err: err}
	}
	return nil
}

// tab is the table, nil for a nil map.
func (m *TypedMap[K, V]) tab() *Table {
	if m == nil {
		return nil
	}
	return m.table
}

// Table is the same table without Go types.
func (m *TypedMap[K, V]) Table() *Table {
	if t := m.tab(); t != nil {
		return t
	}
	return &Table{err: errNoTable}
}

// Lookup returns the value of a key; ErrKeyNotExist if there is none. In a
// longest-prefix table it is that of the longest prefix that contains the key.
func (m *TypedMap[K, V]) Lookup(key K) (V, error) {
	var v V
	err := m.tab().lookupElem(m.keyBytes(&key), layout.Bytes(&v))
	return v, m.tab().fail(err)
}

// LookupMany looks up several keys: values and found have an element for each,
// found being false for keys that are missing. It makes a system call a key;
// where most of a table is wanted, All is faster.
func (m *TypedMap[K, V]) LookupMany(keys []K) (values []V, found []bool, err error) {
	values, found = make([]V, len(keys)), make([]bool, len(keys))
	for i, k := range keys {
		err := m.tab().lookupElem(m.keyBytes(&k), layout.Bytes(&values[i]))
		if err != nil && !errors.Is(err, ErrKeyNotExist) {
			return nil, nil, m.tab().fail(err)
		}
		found[i] = err == nil
	}
	return values, found, m.tab().usable()
}

// Update sets the value of a key, whether or not there is one. A table without
// room gives a *FullError; LRU tables drop old entries instead.
func (m *TypedMap[K, V]) Update(key K, value V) error {
	return m.update(key, value, sysbpf.Any)
}

// Insert is Update for a new key; ErrKeyExist if it is not new, as all of an
// array's are.
func (m *TypedMap[K, V]) Insert(key K, value V) error {
	return m.update(key, value, sysbpf.NoExist)
}

// Replace is Update for a key that is there; ErrKeyNotExist if it is not.
func (m *TypedMap[K, V]) Replace(key K, value V) error {
	return m.update(key, value, sysbpf.Exist)
}

func (m *TypedMap[K, V]) update(key K, value V, flags uint64) error {
	return m.tab().fail(m.tab().updateElem(m.keyBytes(&key), layout.Bytes(&value), flags))
}

// Delete removes a key; ErrKeyNotExist if there is none. In arrays, which always
// have all their entries, it sets the value to zero.
func (m *TypedMap[K, V]) Delete(key K) error {
	return m.tab().fail(m.tab().remove(m.keyBytes(&key)))
}

// LookupAndDelete returns the value of a key and removes it, in one step since
// Linux 5.14. Before, what a program adds between the two steps is lost. Arrays
// cannot: *KindError.
func (m *TypedMap[K, V]) LookupAndDelete(key K) (V, error) {
	var v V
	if m.tab().IsArray() {
		return v, m.table.kindError("take an entry", "a table whose entries can be removed")
	}
	err := m.tab().takeElem(m.keyBytes(&key), layout.Bytes(&v))
	return v, m.tab().fail(err)
}

// Len counts the entries, as Table.Len does.
func (m *TypedMap[K, V]) Len() (int, error) { return m.tab().Len() }

// Clear removes all entries, as Table.Clear does.
func (m *TypedMap[K, V]) Clear() error { return m.tab().Clear() }

// Zero sets all values to zero, as Table.Zero does.
func (m *TypedMap[K, V]) Zero() error { return m.tab().Zero() }

// All walks over the entries with the guarantees of Table.Entries. Leaving the
// loop early is fine. Err tells afterwards whether the walk was complete.
func (m *TypedMap[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		var k K
		var v V
		kb, vb := layout.Bytes(&k), layout.Bytes(&v)
		m.setErr(walker{table: m.tab(), visit: func(key, value []byte) bool {
			copy(kb, key)
			copy(vb, value)
			return yield(k, v)
		}}.walk())
	}
}

// Keys walks over the keys as All does.
func (m *TypedMap[K, V]) Keys() iter.Seq[K] {
	return func(yield func(K) bool) {
		for k := range m.All() {
			if !yield(k) {
				return
			}
		}
	}
}

// Values walks over the values as All does.
func (m *TypedMap[K, V]) Values() iter.Seq[V] {
	return func(yield func(V) bool) {
		for _, v := range m.All() {
			if !yield(v) {
				return
			}
		}
	}
}

// Err is the error that ended the last walk early, nil if none did.
func (m *TypedMap[K, V]) Err() error {
	if m == nil {
		return errNoTable
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err
}

func (m *TypedMap[K, V]) setErr(err error) {
	if m == nil {
		return
	}
	m.mu.Lock()
	m.err = err
	m.mu.Unlock()
}

// keyBytes is the memory of a key with its padding zeroed: the kernel compares
// keys byte by byte.
func (m *TypedMap[K, V]) keyBytes(key *K) []byte {
	b := layout.Bytes(key)
	if m != nil {
		layout.ZeroSpans(b, m.padding)
	}
	return b
}
