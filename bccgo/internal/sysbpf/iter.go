package sysbpf

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	cmdLinkCreate = 28
	attachIter    = 28 // BPF_TRACE_ITER
)

// IterOver says what an iterator goes through, as union bpf_iter_link_info does;
// all of it is optional, and one kind at most goes with a target.
type IterOver struct {
	// MapFD is the map whose entries it goes through.
	MapFD int
	// TID is the thread and PID the process.
	TID, PID int
	// CgroupFD is where in the hierarchy it begins, and Order how it goes on.
	CgroupFD, Order int
}

// info is the union's bytes: struct map, cgroup or task.
func (o IterOver) info() []byte {
	words := []int{o.MapFD}
	switch {
	case o.Order != 0:
		words = []int{o.Order, o.CgroupFD}
	case o.TID != 0 || o.PID != 0:
		words = []int{o.TID, o.PID}
	}
	info := make([]byte, 0, 16)
	for _, w := range words {
		info = binary.NativeEndian.AppendUint32(info, uint32(w))
	}
	return info[:16]
}

// iterLinkAttr is the part of union bpf_attr that the command takes.
type iterLinkAttr struct {
	progFD, target  uint32
	attach, flags   uint32
	info            unsafe.Pointer
	infoLen, unused uint32
}

// LinkIter attaches an iterator program and returns the link's descriptor.
func LinkIter(progFD int, over IterOver) (int, error) {
	info := over.info()
	attr := iterLinkAttr{progFD: uint32(progFD), attach: attachIter, info: pointer(info), infoLen: uint32(len(info))}
	fd, _, errno := unix.Syscall(unix.SYS_BPF, cmdLinkCreate, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
	if errno != 0 {
		return -1, errno
	}
	return int(fd), nil
}
