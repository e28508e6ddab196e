package inspect

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"

	"github.com/cilium/ebpf"
	"golang.org/x/arch/arm64/arm64asm"
	"golang.org/x/arch/x86/x86asm"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/listing"
)

// MachineCode lists the machine's code that the kernel made of a program's
// functions, below the C lines where the kernel knows them (Linux 5.0), in the
// GNU assembler's notation. It knows that of x86-64 and arm64. The text is for
// people and may change. Errors are *NotFoundError and *HiddenCodeError.
func MachineCode(program uint32) (string, error) {
	text := ""
	err := withProgram(program, func(p *ebpf.Program) error {
		info, err := p.Info()
		if err != nil {
			return fmt.Errorf("ask about program %d: %w", program, err)
		}
		code, shown := info.JitedInsns()
		if !shown {
			return &HiddenCodeError{program, "machine code"}
		}
		lines, err := linesOf(info)
		if err != nil {
			return fmt.Errorf("program %d: %w", program, err)
		}
		text = listMachine(functionsOf(info, code), linesAt(info, lines))
		return nil
	})
	return text, err
}

// machineFunction is the code of one function of a program.
type machineFunction struct {
	address uint64 // 0 where it is hidden
	code    []byte
}

// functionsOf cuts a program's code into its functions.
func functionsOf(info *ebpf.ProgramInfo, code []byte) []machineFunction {
	lengths, _ := info.JitedFuncLens()
	addresses, _ := info.JitedKsymAddrs()
	if len(lengths) == 0 || len(addresses) != len(lengths) {
		return []machineFunction{{code: code}}
	}
	var all []machineFunction
	for i, n := range lengths {
		size := min(int(n), len(code))
		all = append(all, machineFunction{uint64(addresses[i]), code[:size]})
		code = code[size:]
	}
	return all
}

// linesAt are the program's own C lines by the address of their first instruction.
func linesAt(info *ebpf.ProgramInfo, lines []bundle.Line) map[uint64]bundle.Line {
	addresses, _ := info.JitedLineInfos()
	at := make(map[uint64]bundle.Line)
	for i, a := range addresses {
		if i < len(lines) && listing.Written(lines[i]) {
			at[a] = lines[i]
		}
	}
	return at
}

func listMachine(functions []machineFunction, lines map[uint64]bundle.Line) string {
	var b strings.Builder
	for i, f := range functions {
		if i > 0 {
			b.WriteByte('\n')
		}
		f.list(&b, lines)
	}
	return b.String()
}

func (f machineFunction) list(b *strings.Builder, lines map[uint64]bundle.Line) {
	name := "function"
	if f.address != 0 {
		name += " " + kernelName(f.address)
	}
	fmt.Fprintf(b, "%s: %d bytes of machine code\n", name, len(f.code))
	var shown bundle.Line
	for at := 0; at < len(f.code); {
		l, known := lines[f.address+uint64(at)]
		if known && f.address != 0 && (l.File != shown.File || l.Line != shown.Line) {
			fmt.Fprintf(b, "\n%s:%d\t%s\n", l.File, l.Line, strings.TrimSpace(l.Text))
			shown = l
		}
		text, size := machineInstruction(f.code[at:], f.address+uint64(at))
		fmt.Fprintf(b, "%5x: %s\n", at, text)
		at += size
	}
}

// machineInstruction is the first instruction of some code and its size in bytes.
func machineInstruction(code []byte, address uint64) (text string, size int) {
	if runtime.GOARCH == "arm64" {
		return armInstruction(code)
	}
	return x86Instruction(code, address)
}

// Return thunks and the like need not be known to the decoder.
func unknownBytes(code []byte, size int) (string, int) {
	return fmt.Sprintf(".byte % x", code[:min(size, len(code))]), size
}

func x86Instruction(code []byte, address uint64) (string, int) {
	if bytes.HasPrefix(code, []byte(endbr)) {
		return "endbr64", len(endbr)
	}
	insn, err := x86asm.Decode(code, 64)
	if err != nil {
		return unknownBytes(code, 1)
	}
	return x86asm.GNUSyntax(insn, address, func(a uint64) (string, uint64) {
		if a < kernelHalf {
			return "", 0 // a constant
		}
		return kernelName(a), a
	}), insn.Len
}

const (
	// endbr is endbr64, which the decoder does not know.
	endbr = "\xf3\x0f\x1e\xfa"
	// kernelHalf is where the kernel's addresses begin.
	kernelHalf = 1 << 63
	armSize    = 4
)

func armInstruction(code []byte) (string, int) {
	insn, err := arm64asm.Decode(code)
	if err != nil {
		return unknownBytes(code, armSize)
	}
	return arm64asm.GNUSyntax(insn), armSize
}
