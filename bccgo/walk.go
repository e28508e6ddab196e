package bccgo

import (
	"bytes"
	"errors"
	"fmt"
	"sync"

	"github.com/cilium/ebpf"

	"github.com/bccgo/bcc/bccgo/internal/sysbpf"
)

// batchBytes is the memory of one batch.
const batchBytes = 128 << 10

// batchPool keeps the memory of batches whose entries are copied.
var batchPool = sync.Pool{New: func() any { b := make([]byte, batchBytes); return &b }}

// walker goes over the entries of a table.
type walker struct {
	table *Table
	// take removes the entries on the way.
	take bool
	// keep gives the entries memory of their own, so that visit may hold on to
	// it: one piece a batch.
	keep bool
	// visit gets an entry's bytes. It ends the walk by returning false.
	visit func(k, v []byte) bool

	ksize, vsize int
}

// walk visits every entry. Batch calls are used where the kernel has them for
// this kind of table and they are exact.
func (w walker) walk() error {
	if err := w.table.usable(); err != nil {
		return err
	}
	var err error
	w.ksize = int(w.table.spec.KeySize)
	if w.vsize, err = w.table.valueBytes(); err != nil {
		return err
	}
	err = w.batches()
	if errors.Is(err, sysbpf.ErrNoBatch) {
		err = w.keys()
	}
	return w.table.fail(err)
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

// hasBatch tells the kinds with exact batch look-up since Linux 5.6 (per-CPU
// arrays: 5.13, and refused before, which the caller handles). Longest-prefix
// tables have it too, but start again when the entry they stand at is removed.
func hasBatch(t ebpf.MapType) bool {
	switch t {
	case ebpf.Hash, ebpf.LRUHash, ebpf.PerCPUHash, ebpf.LRUCPUHash, ebpf.Array, ebpf.PerCPUArray:
		return true
	}
	return false
}

func (w walker) batches() error {
	if !hasBatch(w.table.Kind()) || w.take && w.table.IsArray() {
		return sysbpf.ErrNoBatch
	}
	var cursor sysbpf.Cursor
	buf := batchBuffer{entry: w.ksize + w.vsize}
	defer buf.free()
	buf.alloc(min(w.table.MaxEntries(), batchBytes/buf.entry))
	for {
		keys, values := buf.parts(w.ksize)
		n, done, err := w.batch(&cursor, keys, values, buf.count)
		var small *sysbpf.SmallBatchError
		if errors.As(err, &small) {
			buf.alloc(2 * buf.count)
			continue
		}
		if err != nil {
			return err
		}
		if w.keep {
			keys, values = bytes.Clone(keys[:n*w.ksize]), bytes.Clone(values[:n*w.vsize])
		}
		for i := range n {
			if !w.visit(keys[i*w.ksize:(i+1)*w.ksize], values[i*w.vsize:(i+1)*w.vsize]) {
				return nil
			}
		}
		if done {
			return nil
		}
	}
}

func (w walker) batch(c *sysbpf.Cursor, keys, values []byte, count int) (n int, done bool, err error) {
	fd, err := w.table.acquire()
	if err != nil {
		return 0, false, err
	}
	defer w.table.release()
	if w.take {
		return sysbpf.LookupAndDelete(fd, c, keys, values, w.ksize, count)
	}
	return sysbpf.Lookup(fd, c, keys, values, w.ksize, count)
}

// batchBuffer is the memory for the keys and values of one batch.
type batchBuffer struct {
	entry, count int
	mem          []byte
	pooled       *[]byte
}

// alloc makes room for a number of entries, at least one.
func (b *batchBuffer) alloc(count int) {
	b.free()
	b.count = max(count, 1)
	size := b.count * b.entry
	if size > batchBytes {
		b.mem = make([]byte, size)
		return
	}
	b.pooled = batchPool.Get().(*[]byte)
	b.mem = (*b.pooled)[:size]
}

func (b *batchBuffer) free() {
	if b.pooled != nil {
		batchPool.Put(b.pooled)
	}
	b.mem, b.pooled = nil, nil
}

func (b *batchBuffer) parts(ksize int) (keys, values []byte) {
	return b.mem[:b.count*ksize], b.mem[b.count*ksize:]
}

// keys goes from key to key. A key removed meanwhile would send the kernel back
// to the first key: so all keys are collected before any value is read.
func (w walker) keys() error {
	keys, err := w.table.allKeys()
	if err != nil {
		return err
	}
	for _, k := range keys {
		v := make([]byte, w.vsize)
		if w.take {
			err = w.table.takeElem(k, v)
		} else {
			err = w.table.lookupElem(k, v)
		}
		if errors.Is(err, ErrKeyNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if !w.visit(k, v) {
			return nil
		}
	}
	return nil
}

// maxRestarts bounds how often a walk from key to key is sent back to the first.
const maxRestarts = 64

// allKeys lists the keys without batch calls. Where the key it stands at is
// removed, the kernel starts again from the first: a key met twice in one round
// tells. The walk goes on through what it has seen, to the end, so that no key
// that stays is missed.
func (t *Table) allKeys() ([][]byte, error) {
	var keys [][]byte
	round := 0
	seen := make(map[string]int) // in which round, from 0
	var last []byte
	for {
		next := make([]byte, t.spec.KeySize)
		err := t.nextKey(last, next)
		if errors.Is(err, ErrKeyNotExist) {
			return keys, nil
		}
		if err != nil {
			return nil, err
		}
		in, met := seen[string(next)]
		if met && in == round {
			if round++; round > maxRestarts {
				return nil, ErrIterationAborted
			}
		}
		if !met {
			keys = append(keys, next)
		}
		seen[string(next)] = round
		last = next
	}
}
