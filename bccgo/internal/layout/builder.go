package layout

import (
	"fmt"
	"strconv"
	"strings"
)

// builder places members one after the other as the System V ABI does, which
// BPF follows on 64-bit machines.
type builder struct {
	out    *Type
	packed bool
	bit    int64 // first free bit of a struct; always 0 in a union
	end    int   // bytes needed by the longest member of a union
	align  int
	exact  bool // every member lies where its own alignment allows
}

func newBuilder(kind, name string, pack bool) (*builder, error) {
	b := &builder{align: 1, exact: true}
	switch kind {
	case "struct":
		b.out, b.packed = &Type{Kind: Struct}, pack
	case "struct_packed":
		b.out, b.packed = &Type{Kind: Struct}, true
	case "union":
		b.out = &Type{Kind: Union}
	default:
		return nil, fmt.Errorf("%q: kind %q: %w", name, kind, errDesc)
	}
	b.out.Name, b.out.Tag = tagged(b.out.Kind.String(), name), tagOf(b.out.Kind, name)
	return b, nil
}

// spelledPadding recognizes the members libbcc adds to spell out padding:
// __pad_ and the number of the field after it, or __pad_end.
func spelledPadding(name string, t *Type) bool {
	number, ok := strings.CutPrefix(name, "__pad_")
	if !ok || !t.IsText() {
		return false
	}
	_, err := strconv.ParseUint(number, 10, 32)
	return err == nil || number == "end"
}

// add places a member after those before it.
func (b *builder) add(name string, t placed) error {
	if name == "" && t.Kind != Struct && t.Kind != Union {
		return fmt.Errorf("field of type %s without a name: %w", t.Name, errDesc)
	}
	off := alignUp(b.bit, 8) / 8
	if !b.packed {
		off = alignUp(off, int64(t.align))
	}
	if off%int64(t.align) != 0 {
		b.exact = false
	}
	if off+int64(t.Size) > maxSize {
		return errTooBig
	}
	b.align = max(b.align, t.align)
	b.advance(8 * (off + int64(t.Size)))
	if spelledPadding(name, t.Type) {
		return nil
	}
	b.out.Members = append(b.out.Members, Member{Name: name, Type: t.Type, Offset: int(off)})
	return nil
}

// addBits places a bitfield: right after the bits before it unless it would
// cross a boundary of its type. Width 0 goes on to the next boundary.
func (b *builder) addBits(name string, t placed, width float64) error {
	switch t.Kind {
	case Int, Bool, Char:
	default:
		return fmt.Errorf("bitfield %q of type %s: %w", name, t.Name, errDesc)
	}
	w := int64(width)
	unit := 8 * int64(t.Size)
	if float64(w) != width || w < 0 || w > unit {
		return fmt.Errorf("bitfield %q of width %v: %w", name, width, errDesc)
	}
	if w == 0 {
		b.bit = alignUp(b.bit, unit)
		return nil
	}
	at := b.bit
	if !b.packed && at%unit+w > unit {
		at = alignUp(at, unit)
	}
	if at > 8*maxSize {
		return errTooBig
	}
	b.advance(at + w)
	if name == "" {
		return nil
	}
	b.align = max(b.align, t.align)
	b.out.Members = append(b.out.Members, Member{
		Name: name, Type: t.Type, Offset: int(at / 8), BitOffset: int(at % 8), BitSize: int(w),
	})
	return nil
}

// advance moves to the first free bit; members of a union all start at 0.
func (b *builder) advance(bit int64) {
	b.end = max(b.end, int(alignUp(bit, 8)/8))
	if b.out.Kind != Union {
		b.bit = bit
	}
}

// finish fixes size and alignment. libbcc marks a struct as packed whenever it
// spelled out the padding, so the alignment is that of the members if they lie
// as if aligned, and 1 if they do not.
func (b *builder) finish() (placed, error) {
	size := b.end
	if !b.packed {
		size = int(alignUp(int64(size), int64(b.align)))
	} else if !b.exact || size%b.align != 0 {
		b.align = 1
	}
	b.out.Size = size
	if size > maxSize {
		return placed{}, errTooBig
	}
	return placed{b.out, b.align}, nil
}

func alignUp(n, to int64) int64 { return (n + to - 1) / to * to }
