package inspect

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/cpu"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/listing"
	"github.com/bccgo/bcc/bccgo/internal/sysbpf"
)

// HiddenCodeError means that the kernel does not show a program's code.
type HiddenCodeError struct {
	ID uint32
	// What is "instructions" or "machine code".
	What string
}

func (e *HiddenCodeError) Error() string {
	fix := "see kernel.kptr_restrict and kernel.perf_event_paranoid, and whether the kernel is locked down"
	if e.What == "machine code" {
		fix = "there is none if net.core.bpf_jit_enable is 0; else " + fix
	}
	return fmt.Sprintf("the kernel does not show the %s of program %d: %s", e.What, e.ID, fix)
}

// Instructions lists a program's instructions as the verifier left them, below
// the C lines that they come from if the program came with types:
//
//	function do_count: 3 instructions of 8 bytes
//
//	count.c:4	return counts.lookup(&key);
//	   0: r1 = table counts
//	   2: call __htab_map_lookup_elem
//	   3: exit
//
// The text is for people and may change. Errors are *NotFoundError and
// *HiddenCodeError.
func Instructions(program uint32) (string, error) {
	text := ""
	err := withProgram(program, func(p *ebpf.Program) (err error) {
		text, err = instructions(program, p)
		return err
	})
	return text, err
}

func instructions(id uint32, p *ebpf.Program) (string, error) {
	code, err := sysbpf.CodeOf(p.FD())
	if err != nil {
		return "", fmt.Errorf("program %d: %w", id, err)
	}
	if len(code.Translated) == 0 {
		return "", &HiddenCodeError{id, "instructions"}
	}
	info, err := p.Info()
	if err != nil {
		return "", fmt.Errorf("ask about program %d: %w", id, err)
	}
	lines, err := linesOf(info)
	if err != nil {
		return "", fmt.Errorf("program %d: %w", id, err)
	}
	raw := bytes.Clone(code.Translated)
	calls := cutCalls(raw)
	insns, err := asm.AppendInstructions(nil, bytes.NewReader(raw), byteOrder(), "linux")
	if err != nil {
		return "", fmt.Errorf("read the instructions of program %d: %w", id, err)
	}
	f := &bundle.Function{Name: info.Name, Insns: raw, Lines: lines}
	return listing.Format(f, insns, listing.Names{Table: tableName, Call: calls.name}), nil
}

// byteOrder is the machine's: the library that reads instructions takes only the
// two by name.
func byteOrder() binary.ByteOrder {
	if cpu.IsBigEndian {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// linesOf are the C lines of a program, none if it came without types.
func linesOf(info *ebpf.ProgramInfo) ([]bundle.Line, error) {
	if _, typed := info.BTFID(); !typed {
		return nil, nil
	}
	offsets, err := info.LineInfos()
	if errors.Is(err, ebpf.ErrNotSupported) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read its C lines: %w", err)
	}
	lines := make([]bundle.Line, len(offsets))
	for i, o := range offsets {
		lines[i] = bundle.Line{Insn: uint32(o.Offset), File: o.Line.FileName(), Line: o.Line.LineNumber(), Col: o.Line.LineColumn(), Text: o.Line.Line()}
	}
	return lines, nil
}

// tableName is a table's name by its number.
func tableName(id int32) string {
	t, err := TableByID(uint32(id))
	if err != nil || t.Name == "" {
		return ""
	}
	return fmt.Sprintf("%s (number %d)", t.Name, id)
}

const (
	callCode     = 0x85 // BPF_JMP | BPF_CALL
	wideLoadCode = 0x18 // BPF_LD | BPF_IMM | BPF_DW, of two slots
	insnSize     = 8
)

// calls are the addresses of the functions that instructions call, by slot, from
// __bpf_call_base on.
type calls map[int]int32

// cutCalls takes them out of the instructions, where the verifier put them in
// place of helpers' numbers.
func cutCalls(raw []byte) calls {
	found := make(calls)
	for at := 0; at+insnSize <= len(raw); at += insnSize {
		insn := raw[at : at+insnSize]
		switch {
		case insn[0] == wideLoadCode:
			at += insnSize
		case insn[0] == callCode && insn[1]>>4 == 0:
			found[at/insnSize] = int32(binary.NativeEndian.Uint32(insn[4:]))
			clear(insn[4:])
		}
	}
	return found
}

// name is the kernel function that the instruction at a slot calls.
func (c calls) name(slot int) string {
	distance, known := c[slot]
	if !known {
		return ""
	}
	base, shown := bccgo.KSymName("__bpf_call_base")
	if !shown || distance == 0 {
		return "a hidden kernel function"
	}
	return kernelName(base + uint64(int64(distance)))
}

// kernelName is a kernel address as a function, with an offset if it is not its
// beginning.
func kernelName(address uint64) string {
	return strings.TrimSuffix(bccgo.KSym(address, &bccgo.SymOptions{Offset: true}), "+0x0")
}
