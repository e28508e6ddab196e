// Package stackuse finds memory of a BPF function's stack that is handed to the
// kernel without ever having been written: padding and members that a struct was
// sent or looked up with.
//
// It looks at instructions and asks little: a byte counts as written when any
// instruction of the function may write it, on any path. What is reported is
// therefore never written at all. Where an address of the stack is lost sight of,
// nothing is reported.
package stackuse

import (
	"github.com/cilium/ebpf/asm"
)

// Use is a call that reads a part of the stack of which bytes were never written.
type Use struct {
	// Slot is the call's place in 8-byte instruction slots.
	Slot int
	// Helper is the function called, Table the number of the table given to it.
	Helper asm.BuiltinFunc
	Table  int32
	// Key tells that it is the key of a table, else it is data that is sent.
	Key bool
	// Size is how many bytes are read, Unset the offsets in these that nothing
	// writes.
	Size  int
	Unset []int
}

// Find lists the uses of a function in their order. keySize is the size of the
// keys of a table that has keys of any type, 0 for others.
func Find(insns asm.Instructions, keySize func(table int32) int) []Use {
	a := newAnalysis(insns, keySize)
	if !a.calls() {
		return nil
	}
	a.run()
	if a.lost {
		return nil
	}
	return a.unset()
}

// reads is an argument through which a call reads memory of the stack: the
// register that has the address, and the one that has the size, or R0.
type reads struct{ data, size, table asm.Register }

// senders are the helpers that give memory to readers, users those that take a
// key.
var (
	senders = map[asm.BuiltinFunc]reads{
		asm.FnPerfEventOutput: {asm.R4, asm.R5, asm.R2},
		asm.FnSkbOutput:       {asm.R4, asm.R5, asm.R2},
		asm.FnXdpOutput:       {asm.R4, asm.R5, asm.R2},
		asm.FnRingbufOutput:   {asm.R2, asm.R3, asm.R1},
	}
	users = map[asm.BuiltinFunc]bool{asm.FnMapLookupElem: true, asm.FnMapUpdateElem: true, asm.FnMapDeleteElem: true}
)

// readOnly are the registers through which a helper reads and does not write.
var readOnly = map[asm.BuiltinFunc][]asm.Register{
	asm.FnMapLookupElem:   {asm.R2},
	asm.FnMapUpdateElem:   {asm.R2, asm.R3},
	asm.FnMapDeleteElem:   {asm.R2},
	asm.FnMapPushElem:     {asm.R2},
	asm.FnTracePrintk:     {asm.R1, asm.R3, asm.R4, asm.R5},
	asm.FnPerfEventOutput: {asm.R4},
	asm.FnSkbOutput:       {asm.R4},
	asm.FnXdpOutput:       {asm.R4},
	asm.FnRingbufOutput:   {asm.R2},
	asm.FnProbeWriteUser:  {asm.R2},
}

// fills are the helpers that write as many bytes to R1 as R2 says.
var fills = map[asm.BuiltinFunc]bool{
	asm.FnProbeRead: true, asm.FnProbeReadStr: true,
	asm.FnProbeReadUser: true, asm.FnProbeReadUserStr: true,
	asm.FnProbeReadKernel: true, asm.FnProbeReadKernelStr: true,
	asm.FnGetCurrentComm: true,
}
