package bccgo

import (
	"fmt"
	"slices"

	"github.com/cilium/ebpf/asm"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
)

// UsesTracePrint reports whether a function calls bpf_trace_printk or
// bpf_trace_vprintk, whose lines arrive in the trace pipe (OpenTracePipe).
func (b *Bundle) UsesTracePrint() (bool, error) { return usesTracePrint(b.data) }

// UsesTracePrint is Bundle.UsesTracePrint of the module's program.
func (m *Module) UsesTracePrint() (bool, error) {
	if m == nil {
		return false, fmt.Errorf("look for bpf_trace_printk: %w", errNoModule)
	}
	return usesTracePrint(m.bundle)
}

func usesTracePrint(b *bundle.Bundle) (bool, error) {
	for i := range b.Functions {
		insns, err := decode(&b.Functions[i])
		if err != nil {
			return false, fmt.Errorf("decode function %s: %w", b.Functions[i].Name, err)
		}
		if slices.ContainsFunc(insns, isTracePrint) {
			return true, nil
		}
	}
	return false, nil
}

func isTracePrint(ins asm.Instruction) bool {
	helper := asm.BuiltinFunc(ins.Constant)
	return ins.IsBuiltinCall() && (helper == asm.FnTracePrintk || helper == asm.FnTraceVprintk)
}
