// Package ctypes finds the C types of a compiled program: of the keys and values
// of its tables and of the events that its buffers carry.
package ctypes

import (
	"bytes"
	"fmt"

	"github.com/cilium/ebpf/btf"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/layout"
)

// Types are the C types of one program. A nil *Types has none.
type Types struct {
	bundle *bundle.Bundle
	spec   *btf.Spec // nil without type information
}

// Read parses a bundle's type information, if it has any.
func Read(b *bundle.Bundle) (*Types, error) {
	t := &Types{bundle: b}
	if len(b.BTF) == 0 {
		return t, nil
	}
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(b.BTF))
	if err != nil {
		return nil, fmt.Errorf("read the program's type information: %w", err)
	}
	t.spec = spec
	return t, nil
}

// Spec is the program's type information, nil without any.
func (t *Types) Spec() *btf.Spec {
	if t == nil {
		return nil
	}
	return t.spec
}

// ByID returns a type by its number, nil for none.
func (t *Types) ByID(id uint32) btf.Type {
	if t.Spec() == nil || id == 0 {
		return nil
	}
	typ, err := t.spec.TypeByID(btf.TypeID(id))
	if err != nil {
		return nil
	}
	return typ
}

// Key returns the type of a table's keys, nil where it is not known.
func (t *Types) Key(m *bundle.Map) (*layout.Type, error) {
	c, err := t.layoutOf(m.KeyType, m.KeyDesc, m.KeySize)
	if err != nil {
		return nil, fmt.Errorf("read key type of table %s: %w", m.Name, err)
	}
	return c, nil
}

// Value returns the type of a table's values, nil where it is not known.
func (t *Types) Value(m *bundle.Map) (*layout.Type, error) {
	c, err := t.layoutOf(m.ValueType, m.ValueDesc, m.ValueSize)
	if err != nil {
		return nil, fmt.Errorf("read value type of table %s: %w", m.Name, err)
	}
	return c, nil
}

// layoutOf finds a C type: exactly by its id, else from libbcc's description.
// It is nil where neither tells, as for buffers, which have no entries.
func (t *Types) layoutOf(id uint32, desc string, size uint32) (*layout.Type, error) {
	if typ := t.ByID(id); typ != nil {
		return layout.FromBTF(typ)
	}
	if desc == "" || size == 0 {
		return nil, nil
	}
	return layout.FromDesc(desc, int(size))
}

// Events returns the types of a buffer's events, as far as the program shows
// them.
func (t *Types) Events(buffer string) ([]*layout.Type, error) {
	var list []*layout.Type
	for _, e := range t.bundle.EventsOf(buffer) {
		c, err := t.event(e)
		if err != nil {
			return nil, fmt.Errorf("read event type of buffer %s: %w", buffer, err)
		}
		list = append(list, c)
	}
	return list, nil
}

func (t *Types) event(e bundle.Event) (*layout.Type, error) {
	if typ := t.ByID(e.Type); typ != nil {
		return layout.FromBTF(typ)
	}
	return layout.FromDesc(e.Desc, 0)
}
