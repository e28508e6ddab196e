package listing

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/cilium/ebpf/asm"
)

var comparisons = map[asm.JumpOp]string{
	asm.JEq: "==", asm.JNE: "!=", asm.JGT: ">", asm.JGE: ">=", asm.JLT: "<", asm.JLE: "<=", asm.JSet: "&",
	asm.JSGT: "s>", asm.JSGE: "s>=", asm.JSLT: "s<", asm.JSLE: "s<=",
}

func jump(ins *asm.Instruction, at int, names Names) string {
	wide := ins.OpCode.Class() == asm.JumpClass
	op := ins.OpCode.JumpOp()
	switch op {
	case asm.Exit:
		return "exit"
	case asm.Call:
		return call(ins, at, names)
	case asm.Ja:
		distance := int(ins.Offset)
		if !wide {
			distance = int(int32(ins.Constant))
		}
		return fmt.Sprintf("goto %d", at+1+distance)
	}
	word, known := comparisons[op]
	if !known {
		return ""
	}
	return fmt.Sprintf("if %s %s %s goto %d", register(ins.Dst, wide), word, operand(ins, wide), at+1+int(ins.Offset))
}

func call(ins *asm.Instruction, at int, names Names) string {
	if names.Call != nil {
		if name := names.Call(at); name != "" {
			return "call " + name
		}
	}
	switch {
	case ins.IsBuiltinCall():
		return "call " + helper(asm.BuiltinFunc(ins.Constant))
	case ins.IsKfuncCall():
		return fmt.Sprintf("call kernel function number %d", ins.Constant)
	case ins.IsFunctionCall():
		return fmt.Sprintf("call %d", at+1+int(int32(ins.Constant)))
	}
	return ""
}

// helper is the kernel's name of a helper function: bpf_map_lookup_elem for
// FnMapLookupElem.
func helper(f asm.BuiltinFunc) string {
	name, known := strings.CutPrefix(f.String(), "Fn")
	if !known {
		return fmt.Sprintf("helper number %d", uint32(f))
	}
	var b strings.Builder
	b.WriteString("bpf")
	for _, r := range name {
		if unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
