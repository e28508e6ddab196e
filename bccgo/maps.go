package bccgo

import (
	"fmt"
	"iter"
	"reflect"
	"sync"

	"github.com/cilium/ebpf"

	"github.com/bccgo/bcc/bccgo/internal/layout"
	"github.com/bccgo/bcc/bccgo/internal/sysbpf"
)

// Errors of single entries, for errors.Is.
var (
	// ErrKeyNotExist means that a table has no entry of that key.
	ErrKeyNotExist = ebpf.ErrKeyNotExist
	// ErrKeyExist means that an entry was to be new and is not.
	ErrKeyExist = ebpf.ErrKeyExist
)

// TypedMap is a table with Go types for its keys and values.
type TypedMap[K, V any] struct {
	table   *Table
	padding []layout.Span

	mu  sync.Mutex
	err error
}

// Map opens a hash or an array as Go types, which are checked against the C
// types: a difference is a *LayoutError. Per-CPU tables are opened by PerCPU.
func Map[K, V any](m *Module, name string) (*TypedMap[K, V], error) {
	t, err := m.table(name)
	if err != nil {
		return nil, err
	}
	switch t.Kind() {
	case ebpf.Hash, ebpf.LRUHash, ebpf.Array, ebpf.LPMTrie:
	default:
		return nil, &KindError{Op: "open table as Go types", Name: name, Is: t.Kind().String(), Want: "a hash or an array"}
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
	tm := &TypedMap[K, V]{table: t}
	if t.key != nil {
		tm.padding = t.key.Padding()
	}
	return tm, nil
}

// checkType compares a Go type with a C type.
func checkType[T any](c *layout.Type, size uint32, op, table string) error {
	typ := reflect.TypeFor[T]()
	if c == nil {
		return &LayoutError{Op: op, Table: table, Err: fmt.Errorf("its C type (%d bytes) is not known", size)}
	}
	if err := layout.Check(c, typ); err != nil {
		return &LayoutError{Op: op, Table: table, Err: err}
	}
	return nil
}

// Lookup returns the value of a key; ErrKeyNotExist if there is none.
func (m *TypedMap[K, V]) Lookup(key K) (V, error) {
	var v V
	if err := sysbpf.LookupElem(m.table.FD(), m.keyBytes(&key), layout.Bytes(&v)); err != nil {
		return v, m.fail(err)
	}
	return v, nil
}

// Update sets the value of a key.
func (m *TypedMap[K, V]) Update(key K, value V) error {
	return m.fail(sysbpf.UpdateElem(m.table.FD(), m.keyBytes(&key), layout.Bytes(&value), 0))
}

// Insert sets the value of a new key; ErrKeyExist if it is not new.
func (m *TypedMap[K, V]) Insert(key K, value V) error {
	return m.fail(sysbpf.UpdateElem(m.table.FD(), m.keyBytes(&key), layout.Bytes(&value), 1))
}

// Delete removes a key; ErrKeyNotExist if there is none.
func (m *TypedMap[K, V]) Delete(key K) error {
	return m.fail(sysbpf.DeleteElem(m.table.FD(), m.keyBytes(&key)))
}

// All walks over the entries as Table.Entries does. Err tells afterwards
// whether the walk was complete.
func (m *TypedMap[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		var k K
		var v V
		var bad error
		err := m.table.walk(func(kb, vb []byte) bool {
			if bad = copyBoth(&k, kb, &v, vb); bad != nil {
				return false
			}
			return yield(k, v)
		})
		if err == nil {
			err = bad
		}
		m.mu.Lock()
		m.err = err
		m.mu.Unlock()
	}
}

func copyBoth[K, V any](k *K, kb []byte, v *V, vb []byte) error {
	if err := layout.Copy(k, kb); err != nil {
		return err
	}
	return layout.Copy(v, vb)
}

// Err is the error that ended the last walk early, nil if none did.
func (m *TypedMap[K, V]) Err() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err
}

// keyBytes is the memory of a key with its padding zeroed: the kernel compares
// keys byte by byte.
func (m *TypedMap[K, V]) keyBytes(key *K) []byte {
	b := layout.Bytes(key)
	layout.ZeroSpans(b, m.padding)
	return b
}

func (m *TypedMap[K, V]) fail(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("table %s: %w", m.table.Name(), err)
}
