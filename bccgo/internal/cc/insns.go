package cc

import (
	"encoding/binary"
	"fmt"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
)

// Opcodes and pseudo sources of the instruction set (linux/bpf.h).
const (
	opLoadImm64   = 0x18
	opCall        = 0x85
	pseudoMapFD   = 1
	pseudoCallBPF = 1
)

// unsupported names the first thing in a function that no loader could resolve,
// and the slot of the instruction; nothing if there is none. libbcc has neither
// global variables nor calls between functions; it compiles both and leaves
// references behind that mean nothing.
func unsupported(b *bundle.Bundle, f *bundle.Function) (what string, insn int) {
	for i := 0; i+16 <= len(f.Insns); i += 8 {
		ins := f.Insns[i : i+8]
		src := ins[1] >> 4
		switch ins[0] {
		case opCall:
			if src == pseudoCallBPF {
				return CallsFunction, i / 8
			}
		case opLoadImm64:
			if what := unsupportedLoad(b, f.Insns[i:], src); what != "" {
				return what, i / 8
			}
			i += 8
		}
	}
	return "", 0
}

// unsupportedIn describes the first such thing in a program, with its place.
func unsupportedIn(b *bundle.Bundle) *failure {
	for i := range b.Functions {
		f := &b.Functions[i]
		what, insn := unsupported(b, f)
		if what == "" {
			continue
		}
		fail := &failure{Kind: failUnsupported, Text: f.Name + "\n" + what}
		for _, l := range f.Lines {
			if int(l.Insn) <= insn && l.Line > 0 {
				fail.File, fail.Line, fail.Col = l.File, int(l.Line), int(l.Col)
			}
		}
		return fail
	}
	return nil
}

// CallsFunction is what an UnsupportedError says of a call of what is no helper.
const CallsFunction = "calls another function of the text: libbcc cannot link such calls; make the callee static inline"

// UsesGlobal is what it says of a global variable. The compiler
// leaves the place for the linker, libbcc has no linker, and the address stays
// an offset. Real constants that small are never loaded with this instruction.
const UsesGlobal = "uses a global variable, which libbcc does not support; keep the value in a BPF_ARRAY table"

func unsupportedLoad(b *bundle.Bundle, insns []byte, src byte) string {
	imm := int32(binary.NativeEndian.Uint32(insns[4:]))
	switch src {
	case 0:
		high := int32(binary.NativeEndian.Uint32(insns[12:]))
		if high == imm>>31 {
			return UsesGlobal
		}
		return ""
	case pseudoMapFD:
		if b.MapByID(imm) == nil {
			return fmt.Sprintf("refers to table number %d, which the text does not define", imm)
		}
		return ""
	}
	return fmt.Sprintf("loads an address of a kind (pseudo source %d) that libbcc cannot make", src)
}

// renumber gives the tables the ids 1, 2, 3… in place of the descriptors they
// happened to have in the child, so that equal texts give equal bytes.
func renumber(b *bundle.Bundle) {
	ids := make(map[int32]int32, len(b.Maps))
	for i := range b.Maps {
		ids[b.Maps[i].ID] = int32(i + 1)
		b.Maps[i].ID = int32(i + 1)
	}
	for _, f := range b.Functions {
		for i := 0; i+8 <= len(f.Insns); i += 8 {
			if f.Insns[i] != opLoadImm64 {
				continue
			}
			if f.Insns[i+1]>>4 == pseudoMapFD {
				imm := f.Insns[i+4 : i+8]
				id := ids[int32(binary.NativeEndian.Uint32(imm))]
				binary.NativeEndian.PutUint32(imm, uint32(id))
			}
			i += 8
		}
	}
}
