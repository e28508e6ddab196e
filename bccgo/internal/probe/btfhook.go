package probe

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bccgo/bcc/bccgo/internal/nearest"
)

// BTFHookKind is a kind of place for programs that the kernel's BTF describes
// by a type with a certain prefix in its name.
type BTFHookKind struct {
	what, prefix string
	is           func(btf.Type) bool
}

// The kinds of such places: functions at security hooks, the records that
// iterators hand over, the signatures of tracepoints.
var (
	SecurityHook  = BTFHookKind{"security hook", "bpf_lsm_", isType[*btf.Func]}
	Iterator      = BTFHookKind{"iterator", "bpf_iter__", isType[*btf.Struct]}
	BTFTracepoint = BTFHookKind{"tracepoint described by BTF", "btf_trace_", isType[*btf.Typedef]}
)

func isType[T btf.Type](t btf.Type) bool {
	_, ok := t.(T)
	return ok
}

// BTFHook checks that the kernel's BTF describes a place. One that is not there
// is an *UnknownError. Those of modules are not looked up.
func (k *Kernel) BTFHook(kind BTFHookKind, name string) error {
	spec, err := k.BTF()
	if err != nil {
		return fmt.Errorf("look up %s %s: %w", kind.what, name, err)
	}
	types, err := spec.AnyTypesByName(kind.prefix + name)
	if err != nil && !errors.Is(err, btf.ErrNotFound) {
		return fmt.Errorf("look up %s %s: %w", kind.what, name, err)
	}
	for _, t := range types {
		if kind.is(t) {
			return nil
		}
	}
	return &UnknownError{Kind: kind.what, Name: name, Nearest: kind.nearest(spec, name)}
}

func (kind BTFHookKind) nearest(spec *btf.Spec, name string) []string {
	return nearest.Of(name, func(yield func(string) bool) {
		for typ, err := range spec.All() {
			if err != nil {
				return
			}
			rest, ok := strings.CutPrefix(typ.TypeName(), kind.prefix)
			if ok && kind.is(typ) && !yield(rest) {
				return
			}
		}
	}, nearestNames)
}
