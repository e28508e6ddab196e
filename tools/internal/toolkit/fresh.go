package toolkit

import (
	"errors"
	"fmt"

	"github.com/bccgo/bcc/bccgo"
)

// Fresh tells what is new in a table of numbers to which the program only adds, so
// that nothing is lost between reading and clearing. Entries to which nothing was
// added between two readings are removed, so that there is room for others.
type Fresh[K, V comparable] struct {
	table *bccgo.TypedMap[K, V]
	minus func(now, before V) V
	seen  map[K]V
}

// NewFresh returns what is new in the table of that name, as minus tells it of
// two values.
func NewFresh[K, V comparable](m *bccgo.Module, name string, minus func(now, before V) V) (*Fresh[K, V], error) {
	table, err := bccgo.Map[K, V](m, name)
	if err != nil {
		return nil, err
	}
	return &Fresh[K, V]{table, minus, make(map[K]V)}, nil
}

// Next returns what was added since the last call, without entries to which nothing
// was.
func (f *Fresh[K, V]) Next() (map[K]V, error) {
	fresh, idle := make(map[K]V), []K(nil)
	for k, now := range f.table.All() {
		if !f.add(fresh, k, now) {
			idle = append(idle, k)
		}
	}
	if err := f.table.Err(); err != nil {
		return nil, fmt.Errorf("read what was counted: %w", err)
	}
	for _, k := range idle {
		last, err := f.table.LookupAndDelete(k)
		if err != nil && !errors.Is(err, bccgo.ErrKeyNotExist) {
			return nil, fmt.Errorf("make room for others: %w", err)
		}
		if err == nil {
			f.add(fresh, k, last)
		}
		delete(f.seen, k)
	}
	return fresh, nil
}

// add puts what is new of an entry into fresh, and tells whether there is something.
func (f *Fresh[K, V]) add(fresh map[K]V, k K, now V) bool {
	before := f.seen[k]
	if now == before {
		return false
	}
	fresh[k] = f.minus(now, before)
	f.seen[k] = now
	return true
}
