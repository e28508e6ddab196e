package sysbpf

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// batchAttr is the part of union bpf_attr that batch commands use.
type batchAttr struct {
	inBatch   unsafe.Pointer
	outBatch  unsafe.Pointer
	keys      unsafe.Pointer
	values    unsafe.Pointer
	count     uint32
	fd        uint32
	elemFlags uint64
}

// ErrNoBatch means that the kernel (before 5.6) or this kind of map has no
// batch calls. Nothing was done.
var ErrNoBatch = errors.New("no batch calls for this map")

// SmallBatchError means that count entries do not hold one hash bucket.
type SmallBatchError struct{ Count int }

func (e *SmallBatchError) Error() string {
	return fmt.Sprintf("a hash bucket holds more than the %d entries of a batch", e.Count)
}

// Cursor is a place in a map between two batches. The zero value is the start.
type Cursor struct {
	in, out []byte
	started bool
}

// Lookup copies up to count entries from the cursor on into keys and values and
// returns how many. done tells that no entry is left. It needs Linux 5.6.
//
// A *SmallBatchError asks for a larger count: one hash bucket holds more
// entries than that.
func Lookup(fd int, c *Cursor, keys, values []byte, keySize, count int) (n int, done bool, err error) {
	return walk(cmdLookupBatch, fd, c, keys, values, keySize, count)
}

// LookupAndDelete is Lookup that also removes what it returns.
func LookupAndDelete(fd int, c *Cursor, keys, values []byte, keySize, count int) (n int, done bool, err error) {
	return walk(cmdLookupAndDeleteBatch, fd, c, keys, values, keySize, count)
}

func walk(cmd, fd int, c *Cursor, keys, values []byte, keySize, count int) (int, bool, error) {
	if c.out == nil { // hash maps keep a 4-byte bucket number in it
		c.in, c.out = make([]byte, max(keySize, 4)), make([]byte, max(keySize, 4))
	}
	attr := batchAttr{outBatch: pointer(c.out), keys: pointer(keys), values: pointer(values),
		count: uint32(count), fd: uint32(fd)}
	if c.started {
		attr.inBatch = pointer(c.in)
	}
	errno := call(cmd, &attr)
	switch {
	case errno == 0:
		c.in, c.out, c.started = c.out, c.in, true
		return int(attr.count), false, nil
	case errno == unix.ENOENT:
		return int(attr.count), true, nil
	case errno == unix.ENOSPC:
		return 0, false, &SmallBatchError{Count: count}
	case unsupported(errno) && !c.started:
		return 0, false, ErrNoBatch
	}
	return 0, false, fmt.Errorf("read a batch of map entries: %w", errno)
}

// Update sets count entries and returns how many it has set. flags are those of
// UpdateElem, and so are errors. It needs Linux 5.6.
func Update(fd int, keys, values []byte, count int, flags uint64) (int, error) {
	return change(cmdUpdateBatch, fd, keys, values, count, flags)
}

// Delete removes count keys and returns how many it has removed. It stops at a
// missing one with ebpf.ErrKeyNotExist. It needs Linux 5.6.
func Delete(fd int, keys []byte, count int) (int, error) {
	return change(cmdDeleteBatch, fd, keys, nil, count, 0)
}

func change(cmd, fd int, keys, values []byte, count int, flags uint64) (int, error) {
	attr := batchAttr{keys: pointer(keys), values: pointer(values),
		count: uint32(count), fd: uint32(fd), elemFlags: flags}
	errno := call(cmd, &attr)
	done := int(attr.count)
	switch {
	case errno == 0:
		return count, nil
	case unsupported(errno) && (done == count || done == 0):
		// A kernel that refuses the command leaves the count as it was.
		return 0, ErrNoBatch
	case errno == unix.EFAULT:
		// The count may not have been written: the kernel does not say.
		return 0, fmt.Errorf("change a batch of map entries: %w", errno)
	case errno == unix.ENOENT:
		return done, fmt.Errorf("change a batch of map entries: %w", ebpf.ErrKeyNotExist)
	case errno == unix.EEXIST:
		return done, fmt.Errorf("change a batch of map entries: %w", ebpf.ErrKeyExist)
	}
	return done, fmt.Errorf("change a batch of map entries: %w", errno)
}
