package runtimes

import (
	"fmt"

	"github.com/bccgo/bcc/bccgo"
)

// TotalC defines struct total, which a program adds up; Total is the struct in Go.
const TotalC = `
struct total {
	u64 count;
	u64 sum;
};
`

// Total is the C struct total.
type Total struct{ Count, Sum uint64 }

// Totals reads a table of totals by key. The program only adds to it, so that
// nothing is lost between reading and clearing.
type Totals[K comparable] struct {
	table *bccgo.TypedMap[K, Total]
	seen  map[K]Total
}

// NewTotals opens a table.
func NewTotals[K comparable](m *bccgo.Module, name string) (*Totals[K], error) {
	table, err := bccgo.Map[K, Total](m, name)
	if err != nil {
		return nil, err
	}
	return &Totals[K]{table, make(map[K]Total)}, nil
}

// Next returns what was added since the last call.
func (t *Totals[K]) Next() (map[K]Total, error) {
	fresh := make(map[K]Total)
	for k, now := range t.table.All() {
		before := t.seen[k]
		if now.Count == before.Count {
			continue
		}
		fresh[k] = Total{now.Count - before.Count, now.Sum - before.Sum}
		t.seen[k] = now
	}
	if err := t.table.Err(); err != nil {
		return nil, fmt.Errorf("read the totals: %w", err)
	}
	return fresh, nil
}
