package inspect

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/cilium/ebpf/btf"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/bccgo/internal/layout"
)

// WriteTypes prints C types with offsets and sizes in bytes: the one of a name, or
// all if the name is empty. from is the number of a BTF object, "vmlinux" for the
// kernel's own types, or a kernel module's name. Errors are
// *NotFoundError.
func WriteTypes(w io.Writer, from, name string) error {
	spec, err := typesOf(from)
	if err != nil {
		return err
	}
	if name != "" {
		return writeNamed(w, spec, from, name)
	}
	for t, err := range spec.All() {
		if err != nil {
			return fmt.Errorf("read types of %s: %w", from, err)
		}
		if t.TypeName() == "" {
			continue // is a part of others
		}
		if _, err := io.WriteString(w, typeText(t)); err != nil {
			return err
		}
	}
	return nil
}

func writeNamed(w io.Writer, spec *btf.Spec, from, name string) error {
	found, err := spec.AnyTypesByName(name)
	if errors.Is(err, btf.ErrNotFound) {
		return &NotFoundError{What: "type", Name: name, In: from}
	}
	if err != nil {
		return fmt.Errorf("read types of %s: %w", from, err)
	}
	for _, t := range found {
		if _, err := io.WriteString(w, typeText(t)); err != nil {
			return err
		}
	}
	return nil
}

func typesOf(from string) (*btf.Spec, error) {
	id, err := strconv.ParseUint(from, 10, 32)
	if err == nil {
		return typesByID(uint32(id))
	}
	load := func() (*btf.Spec, error) { return btf.LoadKernelModuleSpec(from) }
	if from == "vmlinux" {
		load = btf.LoadKernelSpec
	}
	spec, err := load()
	if err != nil {
		return nil, fmt.Errorf("read types of %s: %w", from, err)
	}
	return spec, nil
}

func typesByID(id uint32) (*btf.Spec, error) {
	if err := bccgo.CheckPrivilege(); err != nil {
		return nil, fmt.Errorf("open types %d: %w", id, err)
	}
	handle, err := open("types", id, func() (*btf.Handle, error) { return btf.NewHandleFromID(btf.ID(id)) })
	if err != nil {
		return nil, err
	}
	defer handle.Close()
	info, err := handle.Info()
	if err != nil {
		return nil, fmt.Errorf("ask about types %d: %w", id, err)
	}
	var base *btf.Spec
	if info.IsModule() {
		if base, err = btf.LoadKernelSpec(); err != nil {
			return nil, fmt.Errorf("read types of vmlinux: %w", err)
		}
	}
	spec, err := handle.Spec(base)
	if err != nil {
		return nil, fmt.Errorf("read types %d: %w", id, err)
	}
	return spec, nil
}

// typeText is a type as C declares it, structs with their members' places, or what
// BTF has beside C's types.
func typeText(t btf.Type) string {
	switch t.(type) {
	case *btf.Func, *btf.FuncProto, *btf.Var, *btf.Datasec, *btf.Fwd:
		return fmt.Sprintf("%v\n", t)
	}
	c, err := layout.FromBTF(t)
	switch {
	case err != nil:
		return fmt.Sprintf("%v\n", t)
	case c.Kind == layout.Struct || c.Kind == layout.Union:
		return c.Table()
	}
	return c.Heading() + "\n"
}
