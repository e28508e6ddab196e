package sysbpf

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// progInfo is struct bpf_prog_info.
type progInfo struct {
	_, _                    uint32 // type, id
	_                       [8]byte
	_, xlatedLen            uint32
	_                       unsafe.Pointer // jited
	xlated                  unsafe.Pointer
	_                       uint64    // load_time
	_, _                    uint32    // created_by_uid, nr_map_ids
	_                       uint64    // map_ids
	_                       [16]byte  // name
	_, _                    uint32    // ifindex, gpl_compatible
	_, _                    uint64    // netns_dev, netns_ino
	_, _                    uint32    // nr_jited_ksyms, nr_jited_func_lens
	_, _                    uint64    // jited_ksyms, jited_func_lens
	_, _                    uint32    // btf_id, func_info_rec_size
	_                       uint64    // func_info
	_, _                    uint32    // nr_func_info, nr_line_info
	_, _                    uint64    // line_info, jited_line_info
	_                       [4]uint32 // nr_jited_line_info, line_info_rec_size, jited_line_info_rec_size, nr_prog_tags
	_                       uint64    // prog_tags
	_, _, _                 uint64    // run_time_ns, run_cnt, recursion_misses
	_                       uint32    // verified_insns
	attachBTF, attachTypeID uint32
	_                       uint32
}

// Code is a loaded program as the kernel has it.
type Code struct {
	// Translated are its instructions, 8 bytes each, after the verifier has
	// changed them. None where the kernel does not show them to this process.
	Translated []byte
	// TargetBTF and TargetType are the numbers of what it was loaded for: of the
	// BTF object and of the function's type there; 0 for none. They need Linux
	// 5.18.
	TargetBTF, TargetType uint32
}

// CodeOf asks for a program's instructions. It needs Linux 4.13.
func CodeOf(fd int) (Code, error) {
	var info progInfo
	if err := info.ask(fd); err != nil {
		return Code{}, err
	}
	insns := make([]byte, info.xlatedLen)
	info = progInfo{xlatedLen: info.xlatedLen, xlated: pointer(insns)}
	if err := info.ask(fd); err != nil {
		return Code{}, err
	}
	c := Code{TargetBTF: info.attachBTF, TargetType: info.attachTypeID}
	if info.xlated != nil { // cleared where they may not be seen
		c.Translated = insns[:min(int(info.xlatedLen), len(insns))]
	}
	return c, nil
}

func (info *progInfo) ask(fd int) error {
	attr := struct {
		fd, size uint32
		info     unsafe.Pointer
	}{uint32(fd), uint32(unsafe.Sizeof(*info)), unsafe.Pointer(info)}
	if errno := call(cmdInfo, &attr); errno != 0 {
		return fmt.Errorf("ask for a program's instructions: %w", errno)
	}
	return nil
}

const cmdTaskFDQuery = 20

// EventKind is what a perf event with a program hooks (enum bpf_task_fd_type).
type EventKind uint32

// Kinds of events.
const (
	EventRawTracepoint EventKind = iota
	EventTracepoint
	EventKprobe
	EventKretprobe
	EventUprobe
	EventUretprobe
)

// Event is a perf event, or a raw tracepoint, that a process holds.
type Event struct {
	Program uint32
	Kind    EventKind
	// Name is the tracepoint, function or file, "" where there is only an address.
	Name string
	// Offset is that from Name, Address the address if there is no name.
	Offset, Address uint64
}

// EventOf asks what a process's descriptor hooks. One that is no such event, or
// that has no program, is unix.ENOTSUPP or another error. It needs Linux 4.18.
func EventOf(pid, fd int) (Event, error) {
	name := make([]byte, unix.PathMax)
	attr := struct {
		pid, fd, flags, nameLen uint32
		name                    unsafe.Pointer
		program, kind           uint32
		offset, address         uint64
	}{pid: uint32(pid), fd: uint32(fd), nameLen: uint32(len(name)), name: pointer(name)}
	if errno := call(cmdTaskFDQuery, &attr); errno != 0 {
		return Event{}, errno
	}
	return Event{attr.program, EventKind(attr.kind), unix.ByteSliceToString(name), attr.offset, attr.address}, nil
}
