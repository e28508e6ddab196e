package stackuse

import "github.com/cilium/ebpf/asm"

// value is what is known of a register.
type value struct {
	kind kind
	n    int64 // a number, an offset from the frame, or a table's number
}

type kind uint8

const (
	unknown kind = iota
	number
	frame // an address in the stack, at a known offset
	astray
	table
)

// isStack tells whether a value is, or may be, an address in the stack.
func (v value) isStack() bool { return v.kind == frame || v.kind == astray }

// registers are R0 to R10.
type registers [11]value

// entry is what a function begins with.
func entry() registers {
	var r registers
	r[asm.R10] = value{kind: frame}
	return r
}

// join is what is known of a register that comes with one of two values.
func join(a, b value) value {
	switch {
	case a == b:
		return a
	case a.isStack() || b.isStack():
		return value{kind: astray}
	}
	return value{}
}

// merge joins the registers of another way to the same place, and reports whether
// that told anything new.
func (r *registers) merge(other registers) bool {
	changed := false
	for i := range r {
		if v := join(r[i], other[i]); v != r[i] {
			r[i], changed = v, true
		}
	}
	return changed
}

// arithmetic is the result of an instruction that computes.
func (r *registers) arithmetic(ins *asm.Instruction) value {
	dst, src := r[ins.Dst], value{kind: number, n: ins.Constant}
	if ins.OpCode.Source() == asm.RegSource {
		src = r[ins.Src]
	}
	op, wide := ins.OpCode.ALUOp(), ins.OpCode.Class() == asm.ALU64Class
	switch {
	case op == asm.Swap || op == asm.Neg:
		return value{}
	case op == asm.Mov && (wide || src.kind == number) && ins.Offset == 0:
		if !wide {
			src.n = int64(uint32(src.n))
		}
		return src
	case op == asm.Add && wide && dst.kind != unknown && dst.kind != astray && src.kind == number:
		return value{dst.kind, dst.n + src.n}
	case op == asm.Sub && wide && dst.kind != unknown && dst.kind != astray && src.kind == number:
		return value{dst.kind, dst.n - src.n}
	case op == asm.Add && wide && src.kind == frame && dst.kind == number:
		return value{frame, dst.n + src.n}
	case src.isStack() || op != asm.Mov && dst.isStack():
		return value{kind: astray}
	}
	return value{}
}
