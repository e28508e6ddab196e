// Package sysbpf makes the bpf(2) calls on maps that move many entries at once,
// straight into the caller's memory.
//
// cilium/ebpf converts each key and value through reflection unless its Go type
// passes a check that common event structs (unexported fields, blank padding)
// do not; here keys and values are bytes and nothing is converted.
package sysbpf

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// bpf(2) commands (enum bpf_cmd in linux/bpf.h).
const (
	cmdLookupBatch          = 24
	cmdLookupAndDeleteBatch = 25
)

// batchAttr is the part of union bpf_attr that batch commands use.
type batchAttr struct {
	inBatch   uint64
	outBatch  uint64
	keys      uint64
	values    uint64
	count     uint32
	fd        uint32
	elemFlags uint64
	flags     uint64
}

// ErrNoBatch means that the kernel (before 5.6) or this kind of map has no
// batch calls.
var ErrNoBatch = errors.New("no batch calls for this map")

// Cursor is a place in a map between two batches. The zero value is the start.
type Cursor struct {
	opaque  []byte
	started bool
}

// Lookup copies up to count entries from the cursor on into keys and values and
// returns how many. done tells that no entry is left. It needs Linux 5.6.
//
// A *SmallBatchError asks for a larger count: one hash bucket holds more
// entries than that.
func Lookup(fd int, c *Cursor, keys, values []byte, keySize, count int) (n int, done bool, err error) {
	return run(cmdLookupBatch, fd, c, keys, values, keySize, count)
}

// LookupAndDelete is Lookup that also removes what it returns.
func LookupAndDelete(fd int, c *Cursor, keys, values []byte, keySize, count int) (n int, done bool, err error) {
	return run(cmdLookupAndDeleteBatch, fd, c, keys, values, keySize, count)
}

// SmallBatchError means that count entries do not hold one hash bucket.
type SmallBatchError struct{ Count int }

func (e *SmallBatchError) Error() string {
	return fmt.Sprintf("a hash bucket holds more than the %d entries of a batch", e.Count)
}

func run(cmd, fd int, c *Cursor, keys, values []byte, keySize, count int) (int, bool, error) {
	next := make([]byte, max(keySize, 4)) // hash maps keep a 4-byte bucket number in it
	attr := batchAttr{
		outBatch: address(next), keys: address(keys), values: address(values),
		count: uint32(count), fd: uint32(fd),
	}
	if c.started {
		attr.inBatch = address(c.opaque)
	}
	_, _, errno := unix.Syscall(unix.SYS_BPF, uintptr(cmd), uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
	runtime.KeepAlive(keys)
	runtime.KeepAlive(values)
	runtime.KeepAlive(c.opaque)
	runtime.KeepAlive(next)
	switch errno {
	case 0:
		c.opaque, c.started = next, true
		return int(attr.count), false, nil
	case unix.ENOENT:
		return int(attr.count), true, nil
	case unix.ENOSPC:
		return 0, false, &SmallBatchError{Count: count}
	case unix.EINVAL, unix.EOPNOTSUPP, 524: // 524: the kernel's own ENOTSUPP
		return 0, false, ErrNoBatch
	}
	return 0, false, fmt.Errorf("read a batch of map entries: %w", errno)
}

func address(b []byte) uint64 {
	return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(b))))
}
