package btftree

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"slices"

	"github.com/cilium/ebpf/btf"
)

// Kernel is the types of a kernel and of the modules given with it.
type Kernel struct {
	parts   []*part
	offered []offer
}

// offer is a module whose types are read if they are needed.
type offer struct {
	name string
	read func() ([]byte, error)
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
	go loadShims() // which take as long and are needed next
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

// OfferModule names a module whose types are read when a text needs a type that
// the kernel proper lacks and the module has.
func (k *Kernel) OfferModule(name string, read func() ([]byte, error)) {
	k.offered = append(k.offered, offer{name, read})
}

// Modules are the names of the modules whose types were taken in.
func (k *Kernel) Modules() []string {
	var names []string
	for _, p := range k.parts[1:] {
		names = append(names, p.name)
	}
	return names
}

// takeModules adds the offered modules that have one of the missing names.
func (k *Kernel) takeModules(missing []string) error {
	if len(missing) == 0 {
		return nil
	}
	offered := k.offered
	k.offered = nil
	for _, o := range offered {
		data, err := o.read()
		if err != nil {
			return &BTFError{o.name, err}
		}
		if !slices.ContainsFunc(missing, func(name string) bool { return mentions(data, name) }) {
			k.offered = append(k.offered, o)
			continue
		}
		if err := k.AddModule(o.name, data); err != nil {
			return err
		}
	}
	return nil
}

// Count returns the number of the kernel's types and of the modules' that were
// added.
func (k *Kernel) Count() (int, error) {
	n := 0
	for _, p := range k.parts {
		count, err := p.raw.count()
		if err != nil {
			return 0, &BTFError{p.name, err}
		}
		n += int(count)
	}
	return n, nil
}

// mentions tells whether a module's types have something of that name.
func mentions(data []byte, name string) bool {
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
