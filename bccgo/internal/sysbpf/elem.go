package sysbpf

import (
	"fmt"
	"runtime"
	"unsafe"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// bpf(2) commands on one entry (enum bpf_cmd in linux/bpf.h).
const (
	cmdLookup = 1
	cmdUpdate = 2
	cmdDelete = 3
)

// elemAttr is the part of union bpf_attr that commands on one entry use.
type elemAttr struct {
	fd    uint32
	_     uint32
	key   uint64
	value uint64
	flags uint64
}

// LookupElem copies the value of key into value, which must hold the value of
// every possible CPU, each padded to 8 bytes, in per-CPU maps. A missing key is
// ebpf.ErrKeyNotExist.
func LookupElem(fd int, key, value []byte) error {
	return elem(cmdLookup, "look up", fd, key, value, 0)
}

// UpdateElem sets the value of key; flags are BPF_ANY (0), BPF_NOEXIST (1) and
// BPF_EXIST (2). Errors are ebpf.ErrKeyExist and ebpf.ErrKeyNotExist for the
// latter two, and a full map is unix.E2BIG.
func UpdateElem(fd int, key, value []byte, flags uint64) error {
	return elem(cmdUpdate, "update", fd, key, value, flags)
}

// DeleteElem removes key. A missing key is ebpf.ErrKeyNotExist.
func DeleteElem(fd int, key []byte) error {
	return elem(cmdDelete, "delete", fd, key, nil, 0)
}

func elem(cmd int, verb string, fd int, key, value []byte, flags uint64) error {
	attr := elemAttr{fd: uint32(fd), key: address(key), value: address(value), flags: flags}
	_, _, errno := unix.Syscall(unix.SYS_BPF, uintptr(cmd), uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
	runtime.KeepAlive(key)
	runtime.KeepAlive(value)
	switch errno {
	case 0:
		return nil
	case unix.ENOENT:
		return fmt.Errorf("%s map entry: %w", verb, ebpf.ErrKeyNotExist)
	case unix.EEXIST:
		return fmt.Errorf("%s map entry: %w", verb, ebpf.ErrKeyExist)
	}
	return fmt.Errorf("%s map entry: %w", verb, errno)
}
