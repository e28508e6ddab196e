package gocode

import "bytes"

// Opcodes are those of Intel's Software Developer's Manual, volume 2, appendix A.
const (
	opJumpShort, opJumpNear  = 0xeb, 0xe9
	opReturn, opReturnPop    = 0xc3, 0xc2
	opLoopFirst, opLoopLast  = 0xe0, 0xe3
	opShortFirst, opShortEnd = 0x70, 0x80
	opNearFirst, opNearEnd   = 0x80, 0x90 // in the second map
	opGroup5                 = 0xff
	opCompare                = 0x3b
	opBelowSame              = 0x76
	opNearBelowSame          = 0x86
)

// returnsX86 decodes the function from its start.
func (f *Function) returnsX86() ([]uint64, error) {
	var found []uint64
	for at := 0; at < len(f.Code); {
		in, ok := decodeX86(f.Code[at:])
		if !ok {
			return nil, &CodeError{At: uint64(at)}
		}
		if in.isReturn() {
			found = append(found, uint64(at))
		}
		if in.jumpsByValue() {
			return nil, &LeaveError{At: uint64(at)}
		}
		if in.jumpsBy() {
			if to, out := f.leaves(at+in.size, in.value); out {
				return nil, &LeaveError{At: uint64(at), To: to}
			}
		}
		at += in.size
	}
	return found, nil
}

func (in *x86Instruction) isReturn() bool {
	return in.table == oneByte && (in.op == opReturn || in.op == opReturnPop)
}

// jumpsBy tells whether it jumps by a distance that is in it.
func (in *x86Instruction) jumpsBy() bool {
	switch in.table {
	case oneByte:
		return in.op == opJumpShort || in.op == opJumpNear ||
			in.op >= opShortFirst && in.op < opShortEnd || in.op >= opLoopFirst && in.op <= opLoopLast
	case twoByte:
		return in.isNearBranch()
	}
	return false
}

func (in *x86Instruction) isNearBranch() bool {
	return in.table == twoByte && in.op >= opNearFirst && in.op < opNearEnd
}

// jumpsByValue tells whether it jumps to an address in a register, or to one in
// memory that is not a switch's table: those have an index.
func (in *x86Instruction) jumpsByValue() bool {
	const jump, noIndex = 4, 4
	if in.table != oneByte || in.op != opGroup5 || in.reg() != jump {
		return false
	}
	return in.mod() == 3 || in.rm() != 4 || in.sib>>3&7 == noIndex && in.rex&rexX == 0
}

// guards are the comparisons of the stack pointer, or of where it will be, with
// the goroutine's stackguard0: R14 is the goroutine, and the member is at 16.
var guards = [][]byte{
	{0x49, opCompare, 0x66, 0x10}, // CMPQ SP, 16(R14)
	{0x4d, opCompare, 0x66, 0x10}, // CMPQ R12, 16(R14)
}

// checkBytes is how far into the function the comparison begins at most: a large
// frame is first subtracted from the stack pointer.
const checkBytes = 32

// afterCheckX86 finds the comparison and the branch behind it to where the stack
// grows.
func (f *Function) afterCheckX86() uint64 {
	compared := false
	for at := 0; at < len(f.Code) && at < checkBytes; {
		in, ok := decodeX86(f.Code[at:])
		if !ok {
			return 0
		}
		here := f.Code[at : at+in.size]
		at += in.size
		if compared {
			if in.table == oneByte && in.op == opBelowSame || in.table == twoByte && in.op == opNearBelowSame {
				return uint64(at)
			}
			return 0
		}
		compared = bytes.Equal(here, guards[0]) || bytes.Equal(here, guards[1])
	}
	return 0
}
