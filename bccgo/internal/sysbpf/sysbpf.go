// Package sysbpf makes the bpf(2) calls on the entries of maps, straight from
// and into the caller's memory.
//
// cilium/ebpf converts each key and value through reflection unless its Go type
// passes a check that common event structs (unexported fields, blank padding)
// do not; here keys and values are bytes and nothing is converted.
//
// The attributes hold real pointers, not numbers: should a goroutine's stack move
// before the call is made, the runtime corrects them.
package sysbpf

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// bpf(2) commands (enum bpf_cmd in linux/bpf.h).
const (
	cmdLookup               = 1
	cmdUpdate               = 2
	cmdDelete               = 3
	cmdNextKey              = 4
	cmdLookupAndDelete      = 21
	cmdLookupBatch          = 24
	cmdLookupAndDeleteBatch = 25
	cmdUpdateBatch          = 26
	cmdDeleteBatch          = 27
)

// Flags of updates: BPF_ANY sets, BPF_NOEXIST only adds, BPF_EXIST only
// replaces (and lets a full queue drop its oldest element).
const (
	Any     = 0
	NoExist = 1
	Exist   = 2
)

// enotsupp is the kernel's own ENOTSUPP, which leaks out of bpf(2) where a map
// lacks an operation.
const enotsupp = unix.Errno(524)

// The kernel's pointers have 64 bits whatever the program's; this fails to
// compile where Go's have not.
const _ = uint(unsafe.Sizeof(uintptr(0)) - 8)

// call makes the call with an attribute of any command.
func call[A any](cmd int, attr *A) unix.Errno {
	_, _, errno := unix.Syscall(unix.SYS_BPF, uintptr(cmd), uintptr(unsafe.Pointer(attr)), unsafe.Sizeof(*attr))
	return errno
}

func pointer(b []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b)) }

// unsupported tells the errors of an operation that the kernel or the kind of
// map does not have. EINVAL is one: an unknown command gives it.
func unsupported(errno unix.Errno) bool {
	return errno == unix.EINVAL || errno == unix.EOPNOTSUPP || errno == enotsupp
}
