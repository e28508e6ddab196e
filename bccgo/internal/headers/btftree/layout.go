package btftree

import (
	"fmt"

	"github.com/cilium/ebpf/btf"
)

// pointerSize is that of BPF, whatever the kernel's.
const pointerSize = 8

// maxDepth bounds how deep types may be nested in each other. The deepest ones
// of real kernels are nested about 12 deep.
const maxDepth = 64

// measure is a type's size and alignment in bytes, as C gives them to the
// declaration that is written out.
type measure struct{ size, align int64 }

// field is a member as it is written out, or padding.
type field struct {
	member *btf.Member // nil for padding
	// bytes and bits of padding; one of them is 0.
	bytes, bits int64
}

// plan is how a struct or union is written out.
type plan struct {
	fields []field
	packed bool
	measure
}

// planner works out plans. It remembers them, as large types occur often.
type planner struct {
	plans map[btf.Type]*plan
}

func newPlanner() *planner { return &planner{plans: make(map[btf.Type]*plan)} }

// measure returns a type's size and alignment.
func (p *planner) measure(t btf.Type, depth int) (measure, error) {
	if depth > maxDepth {
		return measure{}, fmt.Errorf("type %s is nested more than %d deep", t.TypeName(), maxDepth)
	}
	switch t := t.(type) {
	case *btf.Int:
		return scalar(int64(t.Size)), nil
	case *btf.Float:
		return scalar(int64(t.Size)), nil
	case *btf.Enum:
		return scalar(int64(t.Size)), nil
	case *btf.Pointer:
		return scalar(pointerSize), nil
	case *btf.Array:
		m, err := p.measure(t.Type, depth+1)
		return measure{m.size * int64(t.Nelems), m.align}, err
	case *btf.Struct, *btf.Union:
		pl, err := p.plan(t, depth+1)
		if err != nil {
			return measure{}, err
		}
		return pl.measure, nil
	}
	if under := qualified(t); under != nil {
		return p.measure(under, depth+1)
	}
	return measure{}, fmt.Errorf("type %q has no size", t.TypeName())
}

func scalar(size int64) measure { return measure{size, max(size, 1)} }

// qualified returns what a typedef or a qualifier stands before, or nil.
func qualified(t btf.Type) btf.Type {
	switch t := t.(type) {
	case *btf.Typedef:
		return t.Type
	case *btf.Const:
		return t.Type
	case *btf.Volatile:
		return t.Type
	case *btf.Restrict:
		return t.Type
	case *btf.TypeTag:
		return t.Type
	}
	return nil
}

// members returns what a struct or union consists of.
func members(t btf.Type) (list []btf.Member, size int64, union bool) {
	switch t := t.(type) {
	case *btf.Struct:
		return t.Members, int64(t.Size), false
	case *btf.Union:
		return t.Members, int64(t.Size), true
	}
	return nil, 0, false
}

// packedAnyway are structs that the kernel's headers declare packed though their
// layout is the natural one, which BTF does not tell: their members are read byte
// by byte, as in a frame that begins anywhere.
var packedAnyway = map[string]bool{
	"ethhdr": true, "ipv6_opt_hdr": true, "ipv6_destopt_hao": true, "virtio_net_ctrl_mac": true,
}

// plan works out how to write a struct or union so that C gives it the layout
// that BTF tells: by its nature where that fits, else packed.
func (p *planner) plan(t btf.Type, depth int) (*plan, error) {
	if done := p.plans[t]; done != nil {
		return done, nil
	}
	for _, packed := range []bool{packedAnyway[t.TypeName()], true} {
		pl, err := p.try(t, packed, depth)
		if err != nil {
			return nil, err
		}
		if pl != nil {
			p.plans[t] = pl
			return pl, nil
		}
	}
	return nil, fmt.Errorf("the layout of %s cannot be written in C: its members overlap", t.TypeName())
}

// try lays a type out one way; a nil plan means that this way does not fit.
func (p *planner) try(t btf.Type, packed bool, depth int) (*plan, error) {
	list, size, union := members(t)
	l := layouter{packed: packed, union: union, align: 1}
	for i := range list {
		m, err := p.measure(list[i].Type, depth+1)
		if err != nil {
			return nil, err
		}
		if !l.add(&list[i], m) {
			return nil, nil
		}
	}
	if !l.finish(size) {
		return nil, nil
	}
	return &plan{fields: l.fields, packed: packed, measure: measure{size, l.align}}, nil
}

// layouter places members as a C compiler does. Positions are in bits.
type layouter struct {
	fields        []field
	packed, union bool
	pos, end      int64
	align         int64
}

// add places a member where it has to be, with padding before it if need be,
// and reports whether C allows that.
func (l *layouter) add(m *btf.Member, of measure) bool {
	align, width := of.align, of.size*8
	if l.packed {
		align = 1
	}
	if l.union {
		l.pos = 0
	}
	want := int64(m.Offset)
	if bits := int64(m.BitfieldSize); bits > 0 {
		if bits > width {
			return false
		}
		if !l.placeBits(want, bits, width) {
			return false
		}
		width = bits
	} else if !l.place(want, align*8) {
		return false
	}
	l.fields = append(l.fields, field{member: m})
	l.align = max(l.align, align)
	l.pos = want + width
	l.end = max(l.end, l.pos)
	return true
}

// place moves to the position of an ordinary member.
func (l *layouter) place(want, align int64) bool {
	if want%align != 0 {
		return false
	}
	natural := alignUp(l.pos, align)
	if want > natural {
		l.pad(want)
		natural = alignUp(l.pos, align)
	}
	return natural == want
}

// placeBits moves to the position of a bit-field: the next bit, unless the field
// would cross a border between units of its type.
func (l *layouter) placeBits(want, bits, unit int64) bool {
	if l.union && want != 0 {
		return false
	}
	if want > l.natural(bits, unit) {
		l.pad(want)
	}
	return l.natural(bits, unit) == want
}

func (l *layouter) natural(bits, unit int64) int64 {
	if !l.packed && l.pos/unit != (l.pos+bits-1)/unit {
		return alignUp(l.pos, unit)
	}
	return l.pos
}

// pad fills up to a position: bits to the end of the byte, bytes, bits again.
// Padding is made of chars, which need no alignment.
func (l *layouter) pad(to int64) {
	if l.union {
		return
	}
	if part := min(to, alignUp(l.pos, 8)) - l.pos; part > 0 {
		l.fields = append(l.fields, field{bits: part})
		l.pos += part
	}
	if bytes := (to - l.pos) / 8; bytes > 0 {
		l.fields = append(l.fields, field{bytes: bytes})
		l.pos += bytes * 8
	}
	if part := to - l.pos; part > 0 {
		l.fields = append(l.fields, field{bits: part})
		l.pos += part
	}
}

// finish pads the end and reports whether the size comes out right.
func (l *layouter) finish(size int64) bool {
	bits := size * 8
	if bits < l.end {
		return false
	}
	natural := alignUp(alignUp(l.end, 8), l.align*8)
	if natural < bits {
		if l.union {
			l.fields = append(l.fields, field{bytes: size})
		} else {
			l.pos = l.end
			l.pad(bits)
		}
		natural = alignUp(bits, l.align*8)
	}
	return natural == bits
}

func alignUp(n, to int64) int64 { return (n + to - 1) / to * to }
