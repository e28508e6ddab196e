package stackuse

import (
	"slices"

	"github.com/cilium/ebpf/asm"
)

// stackSize is the most that a function has.
const stackSize = 512

// analysis follows addresses of the stack through a function.
type analysis struct {
	insns   asm.Instructions
	keySize func(table int32) int
	slots   []int       // of each instruction
	at      map[int]int // instruction by slot
	before  []*registers
	todo    []int
	written [stackSize]bool
	// lost tells that something was written through an address, or an address
	// kept, that cannot be followed.
	lost bool
}

func newAnalysis(insns asm.Instructions, keySize func(table int32) int) *analysis {
	a := &analysis{insns: insns, keySize: keySize, slots: make([]int, len(insns)), at: make(map[int]int), before: make([]*registers, len(insns))}
	i := 0
	for iter := insns.Iterate(); iter.Next(); i++ {
		a.slots[i] = int(iter.Offset)
		a.at[int(iter.Offset)] = i
	}
	return a
}

// calls tells whether there is a call worth the work.
func (a *analysis) calls() bool {
	return slices.ContainsFunc(a.insns, func(ins asm.Instruction) bool {
		fn := asm.BuiltinFunc(ins.Constant)
		_, sends := senders[fn]
		return ins.IsBuiltinCall() && (sends || users[fn])
	})
}

// run finds what each register holds before each instruction, and what is
// written.
func (a *analysis) run() {
	if len(a.insns) == 0 {
		return
	}
	a.flow(0, entry())
	for len(a.todo) > 0 && !a.lost {
		i := a.todo[len(a.todo)-1]
		a.todo = a.todo[:len(a.todo)-1]
		a.step(i)
	}
}

// flow brings registers to an instruction.
func (a *analysis) flow(i int, r registers) {
	if i >= len(a.insns) {
		a.lost = true // no program of the compiler runs off its end
		return
	}
	if a.before[i] == nil {
		a.before[i] = &r
	} else if !a.before[i].merge(r) {
		return
	}
	a.todo = append(a.todo, i)
}

// jump brings registers to a slot.
func (a *analysis) jump(slot int, r registers) {
	i, ok := a.at[slot]
	if !ok {
		a.lost = true
		return
	}
	a.flow(i, r)
}

func (a *analysis) step(i int) {
	ins, r := &a.insns[i], *a.before[i]
	switch class := ins.OpCode.Class(); {
	case class.IsALU():
		r[ins.Dst] = r.arithmetic(ins)
	case class == asm.LdClass:
		r[ins.Dst] = loaded(ins)
	case class == asm.LdXClass:
		r[ins.Dst] = value{}
	case class.IsStore():
		a.store(ins, &r)
	case class.IsJump():
		if a.branch(i, ins, &r) {
			return
		}
	}
	a.flow(i+1, r)
}

// loaded is what a load of a constant brings.
func loaded(ins *asm.Instruction) value {
	switch {
	case ins.IsLoadFromMap():
		return value{table, int64(int32(ins.Constant))}
	case ins.OpCode.IsDWordLoad() && ins.Src == asm.R0:
		return value{number, ins.Constant}
	}
	return value{}
}

// store notes a write.
func (a *analysis) store(ins *asm.Instruction, r *registers) {
	if ins.OpCode.Class() == asm.StXClass && r[ins.Src].isStack() {
		a.lost = true // an address is kept in memory
	}
	switch to := r[ins.Dst]; to.kind {
	case frame:
		a.write(to.n+int64(ins.Offset), int64(ins.OpCode.Size().Sizeof()))
	case astray:
		a.lost = true
	}
	if ins.OpCode.Mode() == asm.AtomicMode { // which may fetch into either
		r[ins.Src], r[asm.R0] = value{}, value{}
	}
}

// write notes that bytes at an offset from the frame's end are written.
func (a *analysis) write(off, size int64) {
	for n := max(off+stackSize, 0); n < min(off+size+stackSize, stackSize); n++ {
		a.written[n] = true
	}
}

// branch follows a jump or a call, and reports whether that was all.
func (a *analysis) branch(i int, ins *asm.Instruction, r *registers) bool {
	switch ins.OpCode.JumpOp() {
	case asm.Exit:
		return true
	case asm.Call:
		if !ins.IsBuiltinCall() {
			a.lost = true // libbcc makes no calls of other kinds
			return true
		}
		a.call(asm.BuiltinFunc(ins.Constant), r)
		return false
	case asm.Ja:
		distance := int(ins.Offset)
		if ins.OpCode.Class() == asm.Jump32Class {
			distance = int(int32(ins.Constant))
		}
		a.jump(a.slots[i]+1+distance, *r)
		return true
	}
	a.jump(a.slots[i]+1+int(ins.Offset), *r)
	return false
}

// call notes what a helper may write, and forgets the registers it destroys.
func (a *analysis) call(fn asm.BuiltinFunc, r *registers) {
	for arg := asm.R1; arg <= asm.R5; arg++ {
		v := r[arg]
		if !v.isStack() || slices.Contains(readOnly[fn], arg) {
			continue
		}
		size := int64(stackSize) // all above
		if fills[fn] && arg == asm.R1 && r[asm.R2].kind == number {
			size = r[asm.R2].n
		}
		if v.kind == astray {
			a.lost = true
		}
		a.write(v.n, size)
	}
	for reg := asm.R0; reg <= asm.R5; reg++ {
		r[reg] = value{}
	}
}

// unset lists the uses of what is not written.
func (a *analysis) unset() []Use {
	var list []Use
	for i := range a.insns {
		if a.before[i] == nil || !a.insns[i].IsBuiltinCall() {
			continue
		}
		if u, at, ok := a.use(i); ok {
			u.Unset = a.missing(at, u.Size)
			if len(u.Unset) > 0 && len(u.Unset) < u.Size {
				list = append(list, u)
			}
		}
	}
	return list
}

// use is what a call reads of the stack, and at which offset.
func (a *analysis) use(i int) (u Use, at int64, ok bool) {
	fn, r := asm.BuiltinFunc(a.insns[i].Constant), a.before[i]
	u = Use{Slot: a.slots[i], Helper: fn}
	from, sends := senders[fn]
	switch {
	case sends && r[from.size].kind == number:
		u.Size = int(r[from.size].n)
	case users[fn]:
		from = reads{data: asm.R2, table: asm.R1}
		u.Key = true
		if r[from.table].kind == table {
			u.Size = a.keySize(int32(r[from.table].n))
		}
	}
	u.Table = int32(r[from.table].n)
	at = r[from.data].n
	return u, at, u.Size > 0 && r[from.table].kind == table && r[from.data].kind == frame && at >= -stackSize && at+int64(u.Size) <= 0
}

// missing are the offsets of bytes that are not written.
func (a *analysis) missing(at int64, size int) []int {
	var list []int
	for n := range size {
		if !a.written[int(at)+stackSize+n] {
			list = append(list, n)
		}
	}
	return list
}
