package probe

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf/btf"

	"github.com/bccgo/bcc/bccgo/internal/nearest"
)

// kernelBTF is where kernels since 5.4 built with CONFIG_DEBUG_INFO_BTF
// describe their own types.
const kernelBTF = "/sys/kernel/btf/vmlinux"

// BTF returns the kernel's own type description. The running kernel's is
// parsed once for the process; that of a moved root each time.
func (k *Kernel) BTF() (*btf.Spec, error) {
	if k.root.IsLive() {
		return btf.LoadKernelSpec()
	}
	return btf.LoadSpec(k.root.Path(kernelBTF))
}

// BTFFunction checks that the kernel's BTF describes the function name, as
// fentry and fexit need. Functions of modules are not looked up. A function
// that is not there is an *UnknownError.
func (k *Kernel) BTFFunction(name string) error {
	spec, err := k.BTF()
	if err != nil {
		return fmt.Errorf("look up function %s: %w", name, err)
	}
	found, err := hasFunc(spec, name)
	if err != nil || found {
		return err
	}
	return &UnknownError{Kind: "function described by BTF", Name: name, Nearest: nearestFuncs(spec, name)}
}

func hasFunc(spec *btf.Spec, name string) (bool, error) {
	var fn *btf.Func
	err := spec.TypeByName(name, &fn)
	if errors.Is(err, btf.ErrNotFound) {
		return false, nil
	}
	if err != nil && !errors.Is(err, btf.ErrMultipleMatches) {
		return false, fmt.Errorf("look up function %s: %w", name, err)
	}
	return true, nil
}

func nearestFuncs(spec *btf.Spec, name string) []string {
	return nearest.Of(name, func(yield func(string) bool) {
		for typ, err := range spec.All() {
			if err != nil {
				return
			}
			if fn, ok := typ.(*btf.Func); ok && !yield(fn.Name) {
				return
			}
		}
	}, nearestNames)
}

// isInlined reports whether BTF knows a function that has no symbol.
func (k *Kernel) isInlined(name string) bool {
	spec, err := k.BTF()
	if err != nil {
		return false
	}
	found, err := hasFunc(spec, name)
	return err == nil && found
}
