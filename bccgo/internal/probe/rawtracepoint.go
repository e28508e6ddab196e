package probe

import (
	"bytes"
	"fmt"

	"github.com/bccgo/bcc/bccgo/internal/nearest"
)

// Symbols that exist once for each tracepoint: a function since 5.10, before
// that a variable, listed only with CONFIG_KALLSYMS_ALL.
var tracepointSymbols = [][]byte{[]byte("__traceiter_"), []byte("__tracepoint_")}

// RawTracepoint checks that the kernel has a tracepoint of that name, without
// tracefs. One that is not there is an *UnknownError. On kernels that list
// none of their tracepoints' symbols the answer is nil: the attach will tell.
func (k *Kernel) RawTracepoint(name string) error {
	var all []string
	for sym, err := range k.Ksyms() {
		if err != nil {
			return fmt.Errorf("raw tracepoint %s: %w", name, err)
		}
		other := rawTracepointName(sym)
		if other == nil {
			continue
		}
		if string(other) == name {
			return nil
		}
		all = append(all, string(other))
	}
	if len(all) == 0 {
		return nil
	}
	return &UnknownError{Kind: "raw tracepoint", Name: name, Nearest: nearest.In(name, all, nearestNames)}
}

// rawTracepointName returns the tracepoint a symbol belongs to, or nil.
func rawTracepointName(sym Ksym) []byte {
	for _, prefix := range tracepointSymbols {
		if name, ok := bytes.CutPrefix(sym.Name, prefix); ok && len(name) > 0 {
			return name
		}
	}
	return nil
}
