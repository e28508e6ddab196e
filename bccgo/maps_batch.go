package bccgo

import (
	"fmt"
	"iter"

	"github.com/bccgo/bcc/bccgo/internal/layout"
)

// BatchUpdate sets the values of many keys, keys[i] to values[i], in one system
// call since Linux 5.6 (longest-prefix tables: 5.13). It returns how many were
// set, all of them unless there is an error; a table without room gives a
// *FullError.
func (m *TypedMap[K, V]) BatchUpdate(keys []K, values []V) (int, error) {
	t := m.tab()
	if err := t.usable(); err != nil {
		return 0, err
	}
	if len(keys) != len(values) {
		return 0, t.fail(fmt.Errorf("%d keys and %d values given", len(keys), len(values)))
	}
	n, err := t.updateMany(m.keysBytes(keys), layout.SliceBytes(values), len(keys))
	return n, t.fail(err)
}

// BatchDelete removes many keys, in one system call since Linux 5.6
// (longest-prefix tables: 5.13), and returns how many there were. Missing keys
// are no error. Arrays cannot: *KindError.
func (m *TypedMap[K, V]) BatchDelete(keys []K) (int, error) {
	t := m.tab()
	if err := t.wantRemovable("delete entries"); err != nil {
		return 0, err
	}
	n, err := t.deleteMany(m.keysBytes(keys), len(keys))
	return n, t.fail(err)
}

// BatchLookupAndDelete empties the table and returns what was in it, values[i]
// being that of keys[i]. Since Linux 5.6 an entry is read and removed in one
// step: what programs count before is returned, what they count after makes a
// new entry, and only a change to the old value that is under way on another CPU
// at that moment is lost. Before, and in longest-prefix tables, it takes the
// entries one by one as LookupAndDelete does. With an error come the entries
// taken until then. Arrays cannot: *KindError.
func (m *TypedMap[K, V]) BatchLookupAndDelete() (keys []K, values []V, err error) {
	t := m.tab()
	if err := t.wantRemovable("take entries"); err != nil {
		return nil, nil, err
	}
	err = walker{table: t, take: true, visit: func(kb, vb []byte) bool {
		var k K
		var v V
		copy(layout.Bytes(&k), kb)
		copy(layout.Bytes(&v), vb)
		keys, values = append(keys, k), append(values, v)
		return true
	}}.walk()
	return keys, values, err
}

// Drain is BatchLookupAndDelete for a loop. The table is emptied before the
// first entry comes: entries that a loop left early has not seen are gone. Err
// tells afterwards whether all entries were taken.
func (m *TypedMap[K, V]) Drain() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		keys, values, err := m.BatchLookupAndDelete()
		m.setErr(err)
		for i := range keys {
			if !yield(keys[i], values[i]) {
				return
			}
		}
	}
}

// wantRemovable refuses tables whose entries cannot be removed.
func (t *Table) wantRemovable(op string) error {
	if err := t.usable(); err != nil {
		return err
	}
	if t.IsArray() {
		return t.kindError(op, "a table whose entries can be removed: Clear sets an array to zero")
	}
	return nil
}

// keysBytes is the memory of keys, with their padding zeroed in a copy.
func (m *TypedMap[K, V]) keysBytes(keys []K) []byte {
	if len(m.padding) > 0 {
		keys = append([]K(nil), keys...)
		for i := range keys {
			m.keyBytes(&keys[i])
		}
	}
	return layout.SliceBytes(keys)
}
