// Package listing writes BPF instructions as text: one a line, in the notation
// of the kernel's verifier and bpftool, below the C lines that they come from.
package listing

import (
	"fmt"
	"strings"

	"github.com/cilium/ebpf/asm"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
)

// Names are those of what instructions know by numbers.
type Names struct {
	// Table is a table's, by its number, "" if it has none.
	Table func(id int32) string
	// Call is that of what the instruction at a slot calls, "" for the helper of
	// the instruction's number. nil means helpers.
	Call func(slot int) string
}

// Format lists a function's instructions:
//
//	function do_count: 3 instructions of 8 bytes
//
//	count.c:4	return counts.lookup(&key);
//	   0: r1 = table counts
//	   2: call bpf_map_lookup_elem
//	   3: exit
//
// The numbers count slots of 8 bytes, as verifier logs do. What libbcc's own
// headers add stands below the line that uses it.
func Format(f *bundle.Function, insns asm.Instructions, names Names) string {
	var b strings.Builder
	fmt.Fprintf(&b, "function %s: %d instructions of 8 bytes\n", f.Name, len(f.Insns)/8)
	lines := f.Lines
	shown := bundle.Line{}
	for iter := insns.Iterate(); iter.Next(); {
		at := int(iter.Offset)
		for ; len(lines) > 0 && int(lines[0].Insn) <= at; lines = lines[1:] {
			if l := lines[0]; Written(l) && (l.File != shown.File || l.Line != shown.Line) {
				fmt.Fprintf(&b, "\n%s:%d\t%s\n", l.File, l.Line, strings.TrimSpace(l.Text))
				shown = l
			}
		}
		fmt.Fprintf(&b, "%4d: %s\n", at, instruction(iter.Ins, at, names))
	}
	return b.String()
}

// Written reports whether somebody wrote the line for the program: libbcc's
// headers are in a folder that does not exist, and what the compiler adds is in
// line 0.
func Written(l bundle.Line) bool {
	return l.Line > 0 && !strings.HasPrefix(l.File, "/virtual/")
}

// instruction is one instruction, at a slot, as text.
func instruction(ins *asm.Instruction, at int, names Names) string {
	text := ""
	switch class := ins.OpCode.Class(); {
	case class == asm.LdClass:
		text = load(ins, names)
	case class == asm.LdXClass:
		text = loadMemory(ins)
	case class == asm.StClass:
		text = fmt.Sprintf("%s = %d", memory(ins, ins.Dst), ins.Constant)
	case class == asm.StXClass:
		text = storeRegister(ins)
	case class.IsALU():
		text = arithmetic(ins)
	case class.IsJump():
		text = jump(ins, at, names)
	}
	if text == "" {
		return fmt.Sprintf("unknown instruction (code %#02x, dst r%d, src r%d, offset %d, immediate %#x)",
			uint32(ins.OpCode), ins.Dst, ins.Src, ins.Offset, ins.Constant)
	}
	return text
}
