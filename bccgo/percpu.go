package bccgo

import (
	"fmt"
	"iter"

	"github.com/cilium/ebpf"

	"github.com/bccgo/bcc/bccgo/internal/layout"
	"github.com/bccgo/bcc/bccgo/internal/sysbpf"
)

// PerCPUMap is a table that has a value of its own on each possible CPU, with
// Go types for its keys and values.
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
	case ebpf.PerCPUHash, ebpf.PerCPUArray, ebpf.LRUCPUHash:
	default:
		return nil, &KindError{Op: "open table per CPU", Name: name, Is: t.Kind().String(), Want: "a per-CPU hash or array"}
	}
	typed, err := newTypedMap[K, V](t)
	if err != nil {
		return nil, err
	}
	size, err := t.valueBytes()
	if err != nil {
		return nil, err
	}
	return &PerCPUMap[K, V]{typed: typed, size: size}, nil
}

// Lookup returns a key's value on each possible CPU; ErrKeyNotExist if there is
// no such key.
func (m *PerCPUMap[K, V]) Lookup(key K) ([]V, error) {
	raw, err := m.typed.table.lookupBytes(m.typed.keyBytes(&key), m.size)
	if err != nil {
		return nil, m.typed.fail(err)
	}
	return m.split(raw)
}

// Update sets a key's value on each possible CPU; there must be one for each.
func (m *PerCPUMap[K, V]) Update(key K, values []V) error {
	stride := m.stride()
	if len(values)*stride != m.size {
		return m.typed.fail(fmt.Errorf("%d values given, this host has %d possible CPUs", len(values), m.size/stride))
	}
	raw := make([]byte, m.size)
	for i := range values {
		copy(raw[i*stride:], layout.Bytes(&values[i]))
	}
	return m.typed.fail(sysbpf.UpdateElem(m.typed.table.FD(), m.typed.keyBytes(&key), raw, 0))
}

// Delete removes a key on all CPUs; ErrKeyNotExist if there is none.
func (m *PerCPUMap[K, V]) Delete(key K) error { return m.typed.Delete(key) }

// All walks over the keys and their values on each possible CPU. Err tells
// afterwards whether the walk was complete.
func (m *PerCPUMap[K, V]) All() iter.Seq2[K, []V] {
	return func(yield func(K, []V) bool) {
		var k K
		var bad error
		err := m.typed.table.walk(func(kb, vb []byte) bool {
			var values []V
			if bad = layout.Copy(&k, kb); bad == nil {
				values, bad = m.split(vb)
			}
			return bad == nil && yield(k, values)
		})
		if err == nil {
			err = bad
		}
		m.typed.mu.Lock()
		m.typed.err = err
		m.typed.mu.Unlock()
	}
}

// Err is the error that ended the last walk early, nil if none did.
func (m *PerCPUMap[K, V]) Err() error { return m.typed.Err() }

func (m *PerCPUMap[K, V]) stride() int { return roundUp8(int(m.typed.table.spec.ValueSize)) }

// split cuts the kernel's copy into the CPUs' values.
func (m *PerCPUMap[K, V]) split(raw []byte) ([]V, error) {
	stride := m.stride()
	values := make([]V, len(raw)/stride)
	for i := range values {
		if err := layout.Copy(&values[i], raw[i*stride:]); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// number is any integer or floating-point type.
type number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 |
		~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr | ~float32 | ~float64
}

// Sum adds the values of all CPUs.
func Sum[V number](values []V) V {
	var sum V
	for _, v := range values {
		sum += v
	}
	return sum
}
