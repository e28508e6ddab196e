package probe

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/cilium/ebpf/btf"

	"github.com/bccgo/bcc/bccgo/internal/nearest"
)

// StructHasField reports whether a struct or union of the kernel's BTF, or else
// of a module's, has a field. Fields of anonymous structs and unions inside
// count. An unknown struct is an *UnknownError.
func (k *Kernel) StructHasField(name, field string) (bool, error) {
	return k.searchTypes("struct", name, field, func(typ btf.Type) (known, has bool) {
		if members, ok := membersOf(typ); ok {
			return true, hasMember(members, field)
		}
		return false, false
	})
}

// EnumHasValue reports whether an enum of the kernel's BTF, or else of a
// module's, has an enumerator. An unknown enum is an *UnknownError.
func (k *Kernel) EnumHasValue(name, value string) (bool, error) {
	return k.searchTypes("enum", name, value, func(typ btf.Type) (known, has bool) {
		enum, ok := typ.(*btf.Enum)
		return ok, ok && slices.ContainsFunc(enum.Values, func(v btf.EnumValue) bool { return v.Name == value })
	})
}

// searchTypes asks about a part of the types of a name, of which there can be
// several. Modules are only asked if the kernel itself has none.
func (k *Kernel) searchTypes(kind, name, part string, ask func(btf.Type) (known, has bool)) (bool, error) {
	if name == "" || part == "" {
		return false, fmt.Errorf("look for %q in %s %q: a name is empty", part, kind, name)
	}
	spec, err := k.BTF()
	if err != nil {
		return false, fmt.Errorf("look for %s %s: %w", kind, name, err)
	}
	known, has, err := askTypes(spec, name, ask)
	if err == nil && !known {
		known, has, err = k.askModules(name, ask)
	}
	if err == nil && !known {
		err = &UnknownError{Kind: kind, Name: name, Nearest: nearestTypes(spec, name, ask)}
	}
	if err != nil {
		return false, fmt.Errorf("look for %s %s: %w", kind, name, err)
	}
	return has, nil
}

// askTypes asks about the types of a name in one BTF.
func askTypes(spec *btf.Spec, name string, ask func(btf.Type) (known, has bool)) (known, has bool, err error) {
	types, err := spec.AnyTypesByName(name)
	if errors.Is(err, btf.ErrNotFound) {
		return false, false, nil
	}
	for _, typ := range types {
		if typ.TypeName() == name {
			k, h := ask(typ)
			known, has = known || k, has || h
		}
	}
	return known, has, err
}

// askModules asks about the types of a name in all modules that have BTF. One
// that was unloaded meanwhile has none.
func (k *Kernel) askModules(name string, ask func(btf.Type) (known, has bool)) (known, has bool, err error) {
	entries, err := k.root.ReadDir("/sys/kernel/btf")
	if err != nil {
		return false, false, err
	}
	for _, entry := range entries {
		if entry.Name() == "vmlinux" {
			continue
		}
		spec, err := k.moduleBTF(entry.Name())
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return false, false, err
		}
		inThis, hasThis, err := askTypes(spec, name, ask)
		if err != nil {
			return false, false, err
		}
		known, has = known || inThis, has || hasThis
	}
	return known, has, nil
}

func (k *Kernel) moduleBTF(module string) (*btf.Spec, error) {
	if k.root.IsLive() {
		return btf.LoadKernelModuleSpec(module)
	}
	base, err := k.BTF()
	if err != nil {
		return nil, err
	}
	return btf.LoadSplitSpec(k.root.Path("/sys/kernel/btf/"+module), base)
}

// membersOf returns the members of a struct or union.
func membersOf(typ btf.Type) ([]btf.Member, bool) {
	switch t := typ.(type) {
	case *btf.Struct:
		return t.Members, true
	case *btf.Union:
		return t.Members, true
	}
	return nil, false
}

func hasMember(members []btf.Member, name string) bool {
	for _, m := range members {
		if m.Name == name {
			return true
		}
		if inner, ok := membersOf(btf.UnderlyingType(m.Type)); ok && m.Name == "" && hasMember(inner, name) {
			return true
		}
	}
	return false
}

// nearestTypes offers similar names of the same kind.
func nearestTypes(spec *btf.Spec, name string, ask func(btf.Type) (known, has bool)) []string {
	return nearest.Of(name, func(yield func(string) bool) {
		for typ, err := range spec.All() {
			if err != nil {
				return
			}
			if typ.TypeName() == "" {
				continue
			}
			if known, _ := ask(typ); known && !yield(typ.TypeName()) {
				return
			}
		}
	}, nearestNames)
}
