package toolkit

import (
	"maps"
	"testing"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
)

// Each call has what is new, and what stays as it is makes room.
func TestLiveFresh(t *testing.T) {
	testenv.Live(t)
	m, err := bccgo.Load("BPF_HASH(counts, u32, u64, 2);", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	f, err := NewFresh[uint32](m, "counts", func(now, before uint64) uint64 { return now - before })
	if err != nil {
		t.Fatal(err)
	}
	for i, step := range []struct {
		add, want map[uint32]uint64
		left      int
	}{
		{nil, map[uint32]uint64{}, 0},
		{map[uint32]uint64{1: 5, 2: 7}, map[uint32]uint64{1: 5, 2: 7}, 2},
		{map[uint32]uint64{1: 3}, map[uint32]uint64{1: 3}, 1},
		{map[uint32]uint64{3: 9}, map[uint32]uint64{3: 9}, 1},
		{map[uint32]uint64{1: 2}, map[uint32]uint64{1: 2}, 1},
		{nil, map[uint32]uint64{}, 0},
	} {
		for k, n := range step.add {
			old, _ := f.table.Lookup(k) // 0 if there is none
			if err := f.table.Update(k, old+n); err != nil {
				t.Fatal(err)
			}
		}
		got, err := f.Next()
		if err != nil || !maps.Equal(got, step.want) {
			t.Errorf("step %d: %v, %v, want %v", i, got, err, step.want)
		}
		if n, err := f.table.Len(); n != step.left || err != nil {
			t.Errorf("step %d: %d left, %v", i, n, err)
		}
	}
}
