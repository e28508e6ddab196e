package btftree

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"

	"github.com/cilium/ebpf/btf"
)

// Kernel is the types of a kernel and of the modules given with it.
type Kernel struct {
	parts []*part
}

// part is the types of the kernel proper or of one module.
type part struct {
	name string
	spec *btf.Spec
	raw  *rawBTF
}

// Vmlinux is the name of the kernel proper among modules.
const Vmlinux = "vmlinux"

// BTFError says that a kernel's types cannot be used.
type BTFError struct {
	// Module is Vmlinux, or the module whose types are meant.
	Module string
	Err    error
}

func (e *BTFError) Error() string {
	return fmt.Sprintf("read the types (BTF) of %s: %v", e.Module, e.Err)
}

// Unwrap returns the cause.
func (e *BTFError) Unwrap() error { return e.Err }

// ReadKernel reads a kernel's types: the content of /sys/kernel/btf/vmlinux, or
// an ELF file with a section .BTF. Errors are *BTFError.
func ReadKernel(data []byte) (*Kernel, error) {
	data, err := section(data)
	if err != nil {
		return nil, &BTFError{Vmlinux, err}
	}
	raw, err := openRaw(data, nil)
	if err != nil {
		return nil, &BTFError{Vmlinux, err}
	}
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(data))
	if err != nil {
		return nil, &BTFError{Vmlinux, err}
	}
	return &Kernel{parts: []*part{{Vmlinux, spec, raw}}}, nil
}

// section takes BTF out of an ELF file; other data is returned as it is.
func section(data []byte) ([]byte, error) {
	if !bytes.HasPrefix(data, []byte(elf.ELFMAG)) {
		return data, nil
	}
	file, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	s := file.Section(".BTF")
	if s == nil {
		return nil, errors.New("the ELF file has no section .BTF: it was linked without CONFIG_DEBUG_INFO_BTF, or stripped")
	}
	return s.Data()
}

// AddModule adds a module's types, the content of /sys/kernel/btf/MODULE.
// Errors are *BTFError.
func (k *Kernel) AddModule(name string, data []byte) error {
	base := k.parts[0]
	raw, err := openRaw(data, base.raw)
	if err != nil {
		return &BTFError{name, err}
	}
	spec, err := btf.LoadSplitSpecFromReader(bytes.NewReader(data), base.spec)
	if err != nil {
		return &BTFError{name, err}
	}
	k.parts = append(k.parts, &part{name, spec, raw})
	return nil
}

// Mentions tells whether a module's types have something of that name.
func Mentions(data []byte, name string) bool {
	r, err := openRaw(data, &rawBTF{})
	return err == nil && r.has(name)
}

// types returns the types of a name, the kernel proper's first.
func (k *Kernel) types(name string) ([]btf.Type, error) {
	var all []btf.Type
	for _, p := range k.parts {
		list, err := p.spec.AnyTypesByName(name)
		if err != nil && !errors.Is(err, btf.ErrNotFound) {
			return nil, &BTFError{p.name, err}
		}
		for _, t := range list {
			if t.TypeName() == name {
				all = append(all, t)
			}
		}
	}
	return all, nil
}

// enums returns the enums that have the wanted enumerators.
func (k *Kernel) enums(wanted map[string]bool) (map[string][]*btf.Enum, error) {
	all := make(map[string][]*btf.Enum)
	for _, p := range k.parts {
		found, err := p.raw.enums(wanted)
		if err != nil {
			return nil, &BTFError{p.name, err}
		}
		for name, ids := range found {
			for _, id := range ids {
				t, err := p.spec.TypeByID(id)
				if err != nil {
					return nil, &BTFError{p.name, err}
				}
				if e, ok := t.(*btf.Enum); ok {
					all[name] = append(all[name], e)
				}
			}
		}
	}
	return all, nil
}
