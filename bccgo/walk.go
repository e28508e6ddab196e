package bccgo

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"

	"github.com/bccgo/bcc/bccgo/internal/sysbpf"
)

// batchBytes bounds the memory of one batch.
const batchBytes = 1 << 20

// walk calls visit with the bytes of every entry until it returns false. The
// bytes are valid during the call only. Batch calls are used where the kernel
// has them for this kind of table.
func (t *Table) walk(visit func(k, v []byte) bool) error {
	vsize, err := t.valueBytes()
	if err != nil {
		return err
	}
	err = t.walkBatches(visit, int(t.spec.KeySize), vsize)
	if errors.Is(err, sysbpf.ErrNoBatch) {
		err = t.walkKeys(visit, vsize)
	}
	if err != nil {
		return fmt.Errorf("read table %s: %w", t.Name(), err)
	}
	return nil
}

// valueBytes is the size of a value as the kernel copies it: of all possible
// CPUs' values in per-CPU tables.
func (t *Table) valueBytes() (int, error) {
	if !perCPU(t.Kind()) {
		return int(t.spec.ValueSize), nil
	}
	n, err := ebpf.PossibleCPU()
	if err != nil {
		return 0, fmt.Errorf("count processors: %w", err)
	}
	return roundUp8(int(t.spec.ValueSize)) * n, nil
}

func (t *Table) walkBatches(visit func(k, v []byte) bool, ksize, vsize int) error {
	if !hasBatch(t.Kind()) {
		return sysbpf.ErrNoBatch
	}
	count := max(min(int(t.raw.MaxEntries()), batchBytes/(ksize+vsize)), 1)
	keys, values := make([]byte, count*ksize), make([]byte, count*vsize)
	var cursor sysbpf.Cursor
	for {
		n, done, err := sysbpf.Lookup(t.raw.FD(), &cursor, keys, values, ksize, count)
		var small *sysbpf.SmallBatchError
		if errors.As(err, &small) {
			count *= 2
			keys, values = make([]byte, count*ksize), make([]byte, count*vsize)
			continue
		}
		if err != nil {
			return err
		}
		for i := range n {
			if !visit(keys[i*ksize:(i+1)*ksize], values[i*vsize:(i+1)*vsize]) {
				return nil
			}
		}
		if done {
			return nil
		}
	}
}

// hasBatch tells the kinds with batch look-up since Linux 5.6 (per-CPU arrays:
// 5.13, and refused before, which the caller handles).
func hasBatch(t ebpf.MapType) bool {
	switch t {
	case ebpf.Hash, ebpf.LRUHash, ebpf.PerCPUHash, ebpf.LRUCPUHash, ebpf.Array, ebpf.PerCPUArray:
		return true
	}
	return false
}

// walkKeys goes from key to key. A key removed meanwhile would send the kernel
// back to the first key: so all keys are collected before any value is read.
func (t *Table) walkKeys(visit func(k, v []byte) bool, vsize int) error {
	keys, err := t.allKeys()
	if err != nil {
		return err
	}
	for _, k := range keys {
		v, err := t.lookupBytes(k, vsize)
		if errors.Is(err, ebpf.ErrKeyNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if !visit(k, v) {
			return nil
		}
	}
	return nil
}

func (t *Table) allKeys() ([][]byte, error) {
	var keys [][]byte
	seen := make(map[string]bool)
	var last any
	for {
		next := make([]byte, t.spec.KeySize)
		err := t.raw.NextKey(last, &next)
		if errors.Is(err, ebpf.ErrKeyNotExist) || err == nil && seen[string(next)] {
			return keys, nil
		}
		if err != nil {
			return nil, err
		}
		seen[string(next)] = true
		keys = append(keys, next)
		last = next
	}
}

// lookupBytes reads one value as the kernel copies it.
func (t *Table) lookupBytes(key []byte, vsize int) ([]byte, error) {
	v := make([]byte, vsize)
	if err := sysbpf.LookupElem(t.raw.FD(), key, v); err != nil {
		return nil, err
	}
	return v, nil
}
