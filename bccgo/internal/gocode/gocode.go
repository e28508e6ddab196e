// Package gocode finds, in the machine code of a Go function, where probes can
// stand for its entry and its returns.
//
// At its first instruction, a Go function is run into twice where its stack has
// to grow: it calls the runtime, which moves the stack, and starts again. Behind
// the check of the stack it comes once a call, with its arguments still in their
// registers. A kernel's return probe would crash a Go program, whose runtime
// walks and moves stacks and does not know the address that such a probe leaves
// there; a probe on each return instruction sees the same.
package gocode

import (
	"debug/elf"
	"errors"
	"fmt"
)

// Function is one function's machine code.
type Function struct {
	Machine elf.Machine
	// Addr is where its first byte is, before relocation.
	Addr uint64
	Code []byte
}

// ErrNoReturn means that a function has no return instruction.
var ErrNoReturn = errors.New("it never returns")

// LeaveError means that a function ends, on some way through it, in a jump to
// another, which returns in its place.
type LeaveError struct {
	// At is the jump's offset in the function, To the address it goes to, 0 for
	// one in a register.
	At, To uint64
}

func (e *LeaveError) Error() string {
	if e.To == 0 {
		return fmt.Sprintf("%d bytes into it, it jumps to an address in a register", e.At)
	}
	return fmt.Sprintf("%d bytes into it, it jumps to %#x, which returns in its place", e.At, e.To)
}

// CodeError means that the code at an offset of a function is not understood.
type CodeError struct {
	At uint64
}

func (e *CodeError) Error() string {
	return fmt.Sprintf("the instruction %d bytes into it is not known", e.At)
}

// Supported reports whether code for a machine can be read.
func Supported(m elf.Machine) bool { return m == elf.EM_X86_64 || m == elf.EM_AARCH64 }

// AfterStackCheck is the offset of the instruction behind the function's check of
// its stack; 0 for a function without.
func (f *Function) AfterStackCheck() uint64 {
	if f.Machine == elf.EM_AARCH64 {
		return f.afterCheckARM64()
	}
	return f.afterCheckX86()
}

// Returns lists the offsets of the return instructions. Errors are ErrNoReturn,
// *LeaveError and *CodeError.
func (f *Function) Returns() ([]uint64, error) {
	find := f.returnsX86
	if f.Machine == elf.EM_AARCH64 {
		find = f.returnsARM64
	}
	found, err := find()
	if err == nil && len(found) == 0 {
		err = ErrNoReturn
	}
	return found, err
}

// leaves tells whether a jump by a distance, counted from an offset, goes out of
// the function, and where to.
func (f *Function) leaves(from int, distance int64) (to uint64, out bool) {
	at := int64(from) + distance
	return f.Addr + uint64(at), at < 0 || at >= int64(len(f.Code))
}
