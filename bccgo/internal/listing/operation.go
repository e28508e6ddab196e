package listing

import (
	"fmt"

	"github.com/cilium/ebpf/asm"
)

// register is r0 to r10, or its lower half, w0 to w10.
func register(r asm.Register, wide bool) string {
	if wide {
		return fmt.Sprintf("r%d", r)
	}
	return fmt.Sprintf("w%d", r)
}

var sizes = map[asm.Size]string{asm.Byte: "8", asm.Half: "16", asm.Word: "32", asm.DWord: "64"}

// memory is what an instruction reads or writes through a register.
func memory(ins *asm.Instruction, base asm.Register) string {
	sign := "u"
	if ins.OpCode.Mode() == asm.MemSXMode {
		sign = "s"
	}
	return fmt.Sprintf("*(%s%s *)(r%d%s)", sign, sizes[ins.OpCode.Size()], base, signed(int(ins.Offset)))
}

// signed is what is added to an address: "" for nothing.
func signed(n int) string {
	switch {
	case n > 0:
		return fmt.Sprintf(" + %d", n)
	case n < 0:
		return fmt.Sprintf(" - %d", -n)
	}
	return ""
}

// load is an instruction with a 64-bit constant, or one that reads a packet.
func load(ins *asm.Instruction, names Names) string {
	packet := fmt.Sprintf("r0 = *(u%s *)packet", sizes[ins.OpCode.Size()])
	switch {
	case ins.OpCode.Mode() == asm.AbsMode:
		return fmt.Sprintf("%s[%d]", packet, ins.Constant)
	case ins.OpCode.Mode() == asm.IndMode:
		return fmt.Sprintf("%s[r%d%s]", packet, ins.Src, signed(int(ins.Constant)))
	case !ins.OpCode.IsDWordLoad():
		return ""
	case ins.IsLoadFromMap():
		name := names.Table(int32(ins.Constant))
		if name == "" {
			name = fmt.Sprintf("number %d", int32(ins.Constant))
		}
		return fmt.Sprintf("r%d = table %s", ins.Dst, name)
	case ins.Src != asm.R0:
		return ""
	}
	return fmt.Sprintf("r%d = %#x", ins.Dst, uint64(ins.Constant))
}

func loadMemory(ins *asm.Instruction) string {
	switch ins.OpCode.Mode() {
	case asm.MemMode, asm.MemSXMode:
		return fmt.Sprintf("r%d = %s", ins.Dst, memory(ins, ins.Src))
	}
	return ""
}

func storeRegister(ins *asm.Instruction) string {
	switch ins.OpCode.Mode() {
	case asm.MemMode:
		return fmt.Sprintf("%s = %s", memory(ins, ins.Dst), register(ins.Src, ins.OpCode.Size() == asm.DWord))
	case asm.AtomicMode:
		return atomic(ins)
	}
	return ""
}

// operators of arithmetic in place; atomic ones are among them.
var operators = map[asm.ALUOp]string{
	asm.Add: "+=", asm.Sub: "-=", asm.Mul: "*=", asm.Div: "/=", asm.SDiv: "s/=", asm.Or: "|=", asm.And: "&=",
	asm.LSh: "<<=", asm.RSh: ">>=", asm.ArSh: "s>>=", asm.Mod: "%=", asm.SMod: "s%=", asm.Xor: "^=", asm.Mov: "=",
}

func atomic(ins *asm.Instruction) string {
	at := memory(ins, ins.Dst)
	src := register(ins.Src, ins.OpCode.Size() == asm.DWord)
	plain := func(op asm.ALUOp) string { return fmt.Sprintf("atomic %s %s %s", at, operators[op], src) }
	switch op := ins.OpCode.AtomicOp(); op {
	case asm.AddAtomic, asm.OrAtomic, asm.AndAtomic, asm.XorAtomic:
		return plain(asm.ALUOp(op >> 8))
	case asm.FetchAdd, asm.FetchOr, asm.FetchAnd, asm.FetchXor:
		return plain(asm.ALUOp((op&^0x100)>>8)) + ", old value in " + src
	case asm.Xchg:
		return fmt.Sprintf("atomic exchange %s and %s", at, src)
	case asm.CmpXchg:
		return fmt.Sprintf("atomic if %s == r0: %s = %s; old value in r0", at, at, src)
	}
	return ""
}

var casts = map[asm.ALUOp]string{asm.MovSX8: "s8", asm.MovSX16: "s16", asm.MovSX32: "s32"}

func arithmetic(ins *asm.Instruction) string {
	wide := ins.OpCode.Class() == asm.ALU64Class
	dst, op := register(ins.Dst, wide), ins.OpCode.ALUOp()
	switch op {
	case asm.Neg:
		return fmt.Sprintf("%s = -%s", dst, dst)
	case asm.Swap:
		return swap(ins)
	case asm.MovSX8, asm.MovSX16, asm.MovSX32:
		return fmt.Sprintf("%s = (%s)%s", dst, casts[op], register(ins.Src, wide))
	}
	word, known := operators[op]
	if !known {
		return ""
	}
	return fmt.Sprintf("%s %s %s", dst, word, operand(ins, wide))
}

// operand is the second one of arithmetic and comparisons.
func operand(ins *asm.Instruction, wide bool) string {
	if ins.OpCode.Source() == asm.RegSource {
		return register(ins.Src, wide)
	}
	return fmt.Sprint(ins.Constant)
}

// swap changes the order of bytes: always, or to one that may be the machine's.
func swap(ins *asm.Instruction) string {
	word := "bswap"
	if ins.OpCode.Class() == asm.ALUClass {
		word = "le"
		if ins.OpCode.Endianness() == asm.BE {
			word = "be"
		}
	}
	return fmt.Sprintf("r%d = %s%d(r%d)", ins.Dst, word, ins.Constant, ins.Dst)
}
