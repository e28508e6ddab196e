package bccgo

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"golang.org/x/sys/unix"
)

// StackError means that a stack id is none: the number is an error that
// bpf_get_stackid (get_stackid in C) returned to the program.
type StackError struct {
	// Table is the table of stacks, ID the number.
	Table string
	ID    int64
	// Err is the error the program got.
	Err error
}

func (e *StackError) Error() string {
	return fmt.Sprintf("stack %d of table %s: %s (%v)", e.ID, e.Table, stackReason(e.Err), e.Err)
}

func (e *StackError) Unwrap() error { return e.Err }

func stackReason(err error) string {
	switch err {
	case unix.EFAULT:
		return "there was no such stack: a kernel thread has none in user space, and in user space there is none of the kernel"
	case unix.EEXIST:
		return "its place in the table was taken by another: make the table larger"
	case unix.ENOMEM:
		return "the kernel had no memory for it"
	}
	return "the program could not read the stack"
}

// Stack returns the addresses of a stack by the id that get_stackid returned to
// the program, innermost first. ErrKeyNotExist means that the id is not (or no
// longer) in the table; a negative id, which is an error that the program got, is
// a *StackError. The table must be a BPF_STACK_TRACE; one of build ids is read by
// BuildIDStack. It needs Linux 4.6.
func (t *Table) Stack(id int64) ([]uint64, error) {
	raw, err := t.stackBytes("read a stack", id, false)
	if err != nil {
		return nil, err
	}
	var addresses []uint64
	for ; len(raw) >= 8; raw = raw[8:] {
		a := binary.NativeEndian.Uint64(raw)
		if a == 0 { // the kernel clears what the stack does not fill
			break
		}
		addresses = append(addresses, a)
	}
	return addresses, nil
}

// BuildIDFrame is a place in a file that a stack of user space passes through.
type BuildIDFrame struct {
	// BuildID is the file's, in hex; "" where the kernel could not find it.
	BuildID string
	// Offset is in the file. Without a build id it is an address.
	Offset uint64
}

// BuildIDStack is Stack for a BPF_STACK_TRACE_BUILDID, which names files and
// places in them, so that they can be told after the process has ended. It needs
// Linux 4.17.
func (t *Table) BuildIDStack(id int64) ([]BuildIDFrame, error) {
	raw, err := t.stackBytes("read a stack of build ids", id, true)
	if err != nil {
		return nil, err
	}
	var frames []BuildIDFrame
	for ; len(raw) >= buildIDSize; raw = raw[buildIDSize:] {
		status := binary.NativeEndian.Uint32(raw)
		if status == buildIDEmpty {
			break
		}
		f := BuildIDFrame{Offset: binary.NativeEndian.Uint64(raw[24:])}
		if status == buildIDValid {
			f.BuildID = hex.EncodeToString(raw[4:24])
		}
		frames = append(frames, f)
	}
	return frames, nil
}

// struct bpf_stack_build_id and its states, in linux/bpf.h.
const (
	buildIDSize  = 32
	buildIDEmpty = 0
	buildIDValid = 1
)

func (t *Table) stackBytes(op string, id int64, buildIDs bool) ([]byte, error) {
	if err := t.usable(); err != nil {
		return nil, err
	}
	if !t.isStackTrace() || (t.spec.Flags&unix.BPF_F_STACK_BUILD_ID != 0) != buildIDs {
		want := "a table of stacks (BPF_STACK_TRACE)"
		if buildIDs {
			want = "a table of stacks by build id (BPF_STACK_TRACE_BUILDID)"
		}
		return nil, t.kindError(op, want)
	}
	if id < 0 {
		return nil, &StackError{Table: t.Name(), ID: id, Err: unix.Errno(-id)}
	}
	if id > 1<<32-1 {
		return nil, t.fail(ErrKeyNotExist)
	}
	raw := make([]byte, t.spec.ValueSize)
	if err := t.lookupElem(binary.NativeEndian.AppendUint32(nil, uint32(id)), raw); err != nil {
		return nil, t.fail(err)
	}
	return raw, nil
}
