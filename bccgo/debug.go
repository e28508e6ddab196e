package bccgo

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"

	"github.com/bccgo/bcc/bccgo/internal/layout"
)

// Debug selects what is told of the making of a program. The values are BCC's.
type Debug uint

// Bits of Debug.
const (
	DebugLLVMIR           Debug = 1 << 0 // Module.Diagnostics: the program in LLVM's form
	DebugBPF              Debug = 1 << 1 // Module.VerifierLog: the path the verifier took, as LogLevel 1
	DebugPreprocessor     Debug = 1 << 2 // Module.Diagnostics: the C text after libbcc rewrote it
	DebugSource           Debug = 1 << 3 // Module.Diagnostics: instructions beside their C lines
	DebugBPFRegisterState Debug = 1 << 4 // Module.VerifierLog: every instruction with its registers, as LogLevel 2
	DebugBTF              Debug = 1 << 5 // Module.Diagnostics: the types that the kernel is told of
)

// compiler are the bits for libbcc, which loads nothing.
func (d Debug) compiler() uint { return uint(d & (DebugLLVMIR | DebugPreprocessor | DebugSource)) }

// typeList lists the types of a program, one a line with its number in BTF.
func typeList(raw []byte) (string, error) {
	if len(raw) == 0 {
		return "the program has no type information\n", nil
	}
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(raw))
	if err != nil {
		return "", fmt.Errorf("read the program's type information: %w", err)
	}
	var b strings.Builder
	for t, err := range spec.All() {
		if err != nil {
			return "", fmt.Errorf("read the program's type information: %w", err)
		}
		id, err := spec.TypeID(t)
		if err != nil {
			return "", fmt.Errorf("number the program's types: %w", err)
		}
		fmt.Fprintf(&b, "type %d: %s\n", id, typeText(t))
	}
	return b.String(), nil
}

// typeText is a type as C declares it, or what BTF has beside C's types.
func typeText(t btf.Type) string {
	switch t.(type) {
	case *btf.Func, *btf.FuncProto, *btf.Var, *btf.Datasec:
		return fmt.Sprint(t)
	}
	c, err := layout.FromBTF(t)
	if err != nil {
		return fmt.Sprint(t)
	}
	return fmt.Sprintf("%s, size %d", c, c.Size)
}

// logLevel is the verifier's that Debug and LogLevel ask for.
func (o *Options) logLevel() ebpf.LogLevel {
	level := ebpf.LogLevel(o.LogLevel)
	if o.Debug&DebugBPF != 0 {
		level |= ebpf.LogLevelBranch
	}
	if o.Debug&DebugBPFRegisterState != 0 {
		level |= ebpf.LogLevelInstruction
	}
	return level
}
