package bccgo

import (
	"encoding/binary"
	"errors"

	"github.com/cilium/ebpf"

	"github.com/bccgo/bcc/bccgo/internal/sysbpf"
)

// Len counts the entries; an array's length is that of its declaration. Other
// tables are walked over, so it is as slow as reading them, and while programs
// write, only nearly right. Queues and stacks do not tell: for them it is a
// *KindError.
func (t *Table) Len() (int, error) {
	if err := t.wantEntries("count entries"); err != nil {
		return 0, err
	}
	if err := t.Err(); err != nil {
		return 0, err
	}
	if t.IsArray() {
		return t.MaxEntries(), nil
	}
	n := 0
	err := walker{table: t, visit: func(_, _ []byte) bool { n++; return true }}.walk()
	return n, err
}

// Clear removes all entries, in batches since Linux 5.6. Those that programs
// add meanwhile may stay. In arrays it sets all values to zero; queues and
// stacks are emptied of as many elements as they can hold.
func (t *Table) Clear() error {
	if err := t.usable(); err != nil {
		return err
	}
	switch {
	case t.isQueue():
		return t.clearQueue()
	case t.IsArray():
		return t.zeroArray()
	case t.Kind() == ebpf.ProgramArray, t.Kind() == ebpf.CGroupArray:
		return t.deleteKeys()
	case t.Kind() == ebpf.CGroupStorage, t.Kind() == ebpf.PerCPUCGroupStorage:
		return t.kindError("clear", "a table whose entries can be removed: these go with the functions' attachment")
	}
	if err := t.wantEntries("clear"); err != nil {
		return err
	}
	if hasBatch(t.Kind()) {
		return walker{table: t, take: true, visit: func(_, _ []byte) bool { return true }}.walk()
	}
	return t.deleteKeys()
}

// deleteKeys removes all keys one by one.
func (t *Table) deleteKeys() error {
	keys, err := t.allKeys()
	if err != nil {
		return t.fail(err)
	}
	for _, k := range keys {
		if err := t.deleteElem(k); err != nil && !errors.Is(err, ErrKeyNotExist) {
			return t.fail(err)
		}
	}
	return nil
}

// Zero sets the values of all entries to zero. Entries that programs remove
// meanwhile stay removed.
func (t *Table) Zero() error {
	if err := t.wantWritable("zero"); err != nil {
		return err
	}
	if t.IsArray() {
		return t.zeroArray()
	}
	size, err := t.valueBytes()
	if err != nil {
		return t.fail(err)
	}
	keys, err := t.allKeys()
	if err != nil {
		return t.fail(err)
	}
	zero := make([]byte, size)
	for _, k := range keys {
		if err := t.updateElem(k, zero, sysbpf.Exist); err != nil && !errors.Is(err, ErrKeyNotExist) {
			return t.fail(err)
		}
	}
	return nil
}

// zeroArray sets all values of an array to zero.
func (t *Table) zeroArray() error {
	size, err := t.valueBytes()
	if err != nil {
		return t.fail(err)
	}
	length := t.MaxEntries()
	chunk := max(1, min(length, batchBytes/(4+size)))
	keys, zeros := make([]byte, 0, 4*chunk), make([]byte, size*chunk)
	for first := 0; first < length; first += chunk {
		keys = keys[:0]
		for i := first; i < min(first+chunk, length); i++ {
			keys = binary.NativeEndian.AppendUint32(keys, uint32(i))
		}
		n := len(keys) / 4
		if _, err := t.updateMany(keys, zeros[:n*size], n); err != nil {
			return t.fail(err)
		}
	}
	return nil
}

// updateMany sets entries whose keys and values lie in rows, in one call where
// the kernel can. It returns how many were set.
func (t *Table) updateMany(keys, values []byte, n int) (done int, err error) {
	if n == 0 {
		return 0, t.usable()
	}
	ksize, vsize := len(keys)/n, len(values)/n
	err = t.on(func(fd int) error {
		done, err = sysbpf.Update(fd, keys, values, n, sysbpf.Any)
		return err
	})
	if !errors.Is(err, sysbpf.ErrNoBatch) {
		return done, err
	}
	for i := range n {
		if err := t.updateElem(keys[i*ksize:(i+1)*ksize], values[i*vsize:(i+1)*vsize], sysbpf.Any); err != nil {
			return i, err
		}
	}
	return n, nil
}

// deleteMany removes keys that lie in a row, in as few calls as the kernel
// allows, and returns how many there were: a missing one, which ends the
// kernel's batch, is skipped.
func (t *Table) deleteMany(keys []byte, n int) (deleted int, err error) {
	if n == 0 {
		return 0, t.usable()
	}
	size, remove := len(keys)/n, t.deleteBatch
	for at := 0; at < n; {
		k, err := remove(keys[at*size:], n-at)
		deleted += k
		at += k
		switch {
		case errors.Is(err, sysbpf.ErrNoBatch):
			remove = t.deleteFirst
		case errors.Is(err, ErrKeyNotExist):
			at++
		case err != nil:
			return deleted, err
		}
	}
	return deleted, nil
}

func (t *Table) deleteBatch(keys []byte, n int) (deleted int, err error) {
	err = t.on(func(fd int) error {
		deleted, err = sysbpf.Delete(fd, keys, n)
		return err
	})
	return deleted, err
}

// deleteFirst removes the first of n keys.
func (t *Table) deleteFirst(keys []byte, n int) (int, error) {
	if err := t.deleteElem(keys[:len(keys)/n]); err != nil {
		return 0, err
	}
	return 1, nil
}
