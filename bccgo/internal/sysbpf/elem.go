package sysbpf

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// ErrUnsupported means that the kernel or this kind of map does not have the
// operation.
var ErrUnsupported = errors.New("the kernel does not do this on this kind of map")

// elemAttr is the part of union bpf_attr that commands on one entry use.
type elemAttr struct {
	fd    uint32
	_     uint32
	key   unsafe.Pointer
	value unsafe.Pointer // the next key for cmdNextKey
	flags uint64
}

// LookupElem copies the value of key into value, which must hold the value of
// every possible CPU, each padded to 8 bytes, in per-CPU maps. A missing key is
// ebpf.ErrKeyNotExist. Queues and stacks take a nil key, and are empty where
// the key is said not to exist.
func LookupElem(fd int, key, value []byte) error {
	return elem(cmdLookup, "look up", fd, key, value, 0)
}

// UpdateElem sets the value of key; flags are Any, NoExist and Exist. Errors
// are ebpf.ErrKeyExist and ebpf.ErrKeyNotExist for the latter two, and a full
// map is unix.E2BIG (unix.ENOSPC in an LPM trie).
func UpdateElem(fd int, key, value []byte, flags uint64) error {
	return elem(cmdUpdate, "update", fd, key, value, flags)
}

// DeleteElem removes key. A missing key is ebpf.ErrKeyNotExist.
func DeleteElem(fd int, key []byte) error {
	return elem(cmdDelete, "delete", fd, key, nil, 0)
}

// NextKey copies the key after key into next; a nil key asks for the first, and
// so does in effect a key that is not in a hash. There is none after the last:
// ebpf.ErrKeyNotExist.
func NextKey(fd int, key, next []byte) error {
	return elem(cmdNextKey, "go to the next", fd, key, next, 0)
}

// LookupAndDeleteElem copies the value of key and removes the entry in one
// step: since Linux 4.20 on queues and stacks, with a nil key, since 5.14 on
// hashes. Other maps and kernels give ErrUnsupported.
func LookupAndDeleteElem(fd int, key, value []byte) error {
	err := elem(cmdLookupAndDelete, "take", fd, key, value, 0)
	if err == nil {
		return nil
	}
	var errno unix.Errno
	if errors.As(err, &errno) && unsupported(errno) {
		return fmt.Errorf("take map entry: %w", ErrUnsupported)
	}
	return err
}

func elem(cmd int, verb string, fd int, key, value []byte, flags uint64) error {
	attr := elemAttr{fd: uint32(fd), key: pointer(key), value: pointer(value), flags: flags}
	switch errno := call(cmd, &attr); errno {
	case 0:
		return nil
	case unix.ENOENT:
		return fmt.Errorf("%s map entry: %w", verb, ebpf.ErrKeyNotExist)
	case unix.EEXIST:
		return fmt.Errorf("%s map entry: %w", verb, ebpf.ErrKeyExist)
	default:
		return fmt.Errorf("%s map entry: %w", verb, errno)
	}
}
