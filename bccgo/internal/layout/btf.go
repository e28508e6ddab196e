package layout

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf/btf"
)

// maxSize bounds a type in bytes. Nothing BPF passes around comes near it; it
// keeps sizes of damaged inputs from overflowing.
const maxSize = 1 << 30

// maxDepth bounds how deep types nest. The kernel's deepest struct stays
// under 20.
const maxDepth = 128

var (
	errTooDeep = errors.New("types nest too deeply")
	errTooBig  = errors.New("type is larger than 1 GiB")
)

// FromBTF resolves a BTF type into its layout.
//
// Void, forward declarations and functions become Opaque types without a
// size. Unnamed bitfields are left out: they are padding. Variables, data sections, and types whose members lie outside of them
// are errors.
func FromBTF(t btf.Type) (*Type, error) {
	r := resolver{seen: make(map[btf.Type]*Type)}
	out, err := r.resolve(t, 0)
	if err != nil {
		return nil, fmt.Errorf("layout of BTF type %v: %w", t, err)
	}
	return out, nil
}

// resolver turns BTF types into Types, each one once.
type resolver struct {
	seen map[btf.Type]*Type
}

func (r *resolver) resolve(t btf.Type, depth int) (*Type, error) {
	if depth > maxDepth {
		return nil, errTooDeep
	}
	if done, ok := r.seen[t]; ok {
		return done, nil
	}
	out, err := r.build(t, depth)
	if err != nil {
		return nil, err
	}
	r.seen[t] = out
	return out, nil
}

func (r *resolver) build(t btf.Type, depth int) (*Type, error) {
	switch t := t.(type) {
	case *btf.Int:
		return fromInt(t), nil
	case *btf.Float:
		return &Type{Kind: Float, Name: t.Name, Size: int(t.Size), Signed: true}, nil
	case *btf.Enum:
		return fromEnum(t), nil
	case *btf.Pointer:
		return &Type{Kind: Pointer, Name: pointerName(t.Target), Size: 8}, nil
	case *btf.Array:
		return r.array(t, depth)
	case *btf.Struct:
		return r.composite(Struct, t.Name, t.Size, t.Members, depth)
	case *btf.Union:
		return r.composite(Union, t.Name, t.Size, t.Members, depth)
	case *btf.Void, *btf.Fwd, *btf.FuncProto:
		return &Type{Kind: Opaque, Name: spell(t)}, nil
	}
	if target, ok := peel(t); ok {
		return r.renamed(t, target, depth)
	}
	return nil, fmt.Errorf("%T has no layout", t)
}

// renamed resolves what a typedef or qualifier stands for and keeps the
// spelling of the outer type.
func (r *resolver) renamed(outer, target btf.Type, depth int) (*Type, error) {
	base, err := r.resolve(target, depth+1)
	if err != nil {
		return nil, err
	}
	out := *base
	out.Name = spell(outer)
	return &out, nil
}

func (r *resolver) array(t *btf.Array, depth int) (*Type, error) {
	elem, err := r.resolve(t.Type, depth+1)
	if err != nil {
		return nil, err
	}
	return newArray(elem, int64(t.Nelems))
}

func (r *resolver) composite(kind Kind, name string, size uint32, members []btf.Member, depth int) (*Type, error) {
	if size > maxSize {
		return nil, errTooBig
	}
	out := &Type{Kind: kind, Name: tagged(kind.String(), name), Tag: tagOf(kind, name), Size: int(size)}
	for _, bm := range members {
		mt, err := r.resolve(bm.Type, depth+1)
		if err != nil {
			return nil, fmt.Errorf("%s: member %q: %w", out.Name, bm.Name, err)
		}
		m := Member{Name: bm.Name, Type: mt, Offset: int(bm.Offset / 8)}
		if bm.BitfieldSize > 0 {
			m.BitOffset, m.BitSize = int(bm.Offset%8), int(bm.BitfieldSize)
		}
		if err := checkMember(out, m); err != nil {
			return nil, err
		}
		if m.Name != "" || m.anonymous() {
			out.Members = append(out.Members, m)
		}
	}
	return out, nil
}

// checkMember makes sure that reading m never leaves the bytes of t.
func checkMember(t *Type, m Member) error {
	if m.end() > t.Size {
		return fmt.Errorf("%s of %d bytes: member %q ends at byte %d", t.Name, t.Size, m.Name, m.end())
	}
	if m.BitSize == 0 {
		return nil
	}
	if m.Type.Kind != Int && m.Type.Kind != Bool && m.Type.Kind != Char && m.Type.Kind != Enum {
		return fmt.Errorf("%s: bitfield %q has type %s, which is no integer", t.Name, m.Name, m.Type.Name)
	}
	if m.BitSize > 8*m.Type.Size {
		return fmt.Errorf("%s: bitfield %q of %d bits is wider than its type %s", t.Name, m.Name, m.BitSize, m.Type.Name)
	}
	return nil
}

func fromInt(t *btf.Int) *Type {
	out := &Type{Kind: Int, Name: t.Name, Size: int(t.Size), Signed: t.Encoding&btf.Signed != 0}
	switch {
	case t.Encoding&btf.Bool != 0:
		out.Kind = Bool
	case t.Encoding&btf.Char != 0 || t.Name == "char":
		out.Kind = Char
	}
	return out
}

func fromEnum(t *btf.Enum) *Type {
	out := &Type{Kind: Enum, Name: tagged("enum", t.Name), Tag: tagOf(Enum, t.Name), Size: int(t.Size), Signed: t.Signed}
	for _, v := range t.Values {
		out.Values = append(out.Values, EnumValue(v))
	}
	return out
}

// newArray returns the type of n elements in a row.
func newArray(elem *Type, n int64) (*Type, error) {
	if n < 0 || n > maxSize || n*int64(elem.Size) > maxSize {
		return nil, fmt.Errorf("%s[%d]: %w", elem.Name, n, errTooBig)
	}
	return &Type{Kind: Array, Name: withDim(elem.Name, n), Size: int(n) * elem.Size, Elem: elem, Len: int(n)}, nil
}
