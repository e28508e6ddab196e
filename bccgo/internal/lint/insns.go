package lint

import (
	"bytes"
	"encoding/binary"

	"github.com/cilium/ebpf/asm"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
)

// decode reads a function's instructions; none where they cannot be read.
func decode(f *bundle.Function) asm.Instructions {
	insns, err := asm.AppendInstructions(nil, bytes.NewReader(f.Insns), nativeOrder(), "linux")
	if err != nil {
		return nil
	}
	return insns
}

// nativeOrder is this machine's byte order by its own name, which is what the
// decoder knows it by.
func nativeOrder() binary.ByteOrder {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return binary.LittleEndian
	}
	return binary.BigEndian
}

// place is where in the C text an instruction slot comes from.
func place(f *bundle.Function, slot int) (bundle.Line, bool) {
	var found bundle.Line
	for _, l := range f.Lines {
		if int(l.Insn) > slot {
			break
		}
		found = l
	}
	return found, found.Line > 0
}
