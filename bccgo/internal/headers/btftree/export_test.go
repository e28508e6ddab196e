package btftree

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bccgo/bcc/bccgo/internal/source"
)

// All is every named struct and union of a kernel, written out.
type All struct {
	// Types is C's text, Asserts what C has to check, Count of them.
	Types, Asserts string
	Count          int
	// Names are those that the types have in the text.
	Names map[btf.Type]string
}

// WriteAll writes all types of a kernel.
func WriteAll(t *testing.T, k *Kernel) *All {
	t.Helper()
	e := newEmitter(nil, &defined{})
	for typ, err := range k.parts[0].spec.All() {
		if err != nil {
			t.Fatal(err)
		}
		if !isComposite(typ) || typ.TypeName() == "" {
			continue
		}
		if err := e.root(typ); err != nil {
			t.Errorf("%s: %v", typ.TypeName(), err)
		}
	}
	a := &All{Types: e.out.String(), Names: make(map[btf.Type]string)}
	a.Asserts, a.Count = assertions(t, e)
	for _, typ := range e.written {
		if isComposite(typ) && typ.TypeName() != "" {
			a.Names[typ] = e.names.given[typ]
		}
	}
	return a
}

func isComposite(t btf.Type) bool { return isTagged(t) && !isEnum(t) }

// assertions are C's for all that was written, bit-fields left out; and one
// struct with all types that have bit-fields, for the compiler to describe.
func assertions(t *testing.T, e *emitter) (string, int) {
	var out, all strings.Builder
	count := 0
	for i, typ := range e.written {
		list, size, _ := members(typ)
		if typ.TypeName() == "" || !isComposite(typ) {
			continue
		}
		name := keyword(typ) + " " + e.names.given[typ]
		fmt.Fprintf(&out, "_Static_assert(sizeof(%s) == %d, \"\");\n", name, size)
		count++
		bits := false
		for _, m := range Flat(list, 0) {
			if bits = bits || m.BitfieldSize > 0; m.BitfieldSize > 0 {
				continue
			}
			member, err := MemberName(m.Name)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&out, "_Static_assert(__builtin_offsetof(%s, %s) == %d, \"\");\n", name, member, m.Offset/8)
			count++
		}
		if bits {
			fmt.Fprintf(&all, "\t%s m%d;\n", name, i)
		}
	}
	fmt.Fprintf(&out, "struct bccgo_all {\n%s};\n", all.String())
	return out.String(), count
}

// Flat has the members of members without a name in their place, as C does.
func Flat(list []btf.Member, base btf.Bits) []btf.Member {
	var out []btf.Member
	for _, m := range list {
		m.Offset += base
		if m.Name != "" {
			out = append(out, m)
			continue
		}
		inner, _, _ := members(m.Type)
		out = append(out, Flat(inner, m.Offset)...)
	}
	return out
}

// MemberName is a member's name in the text.
func MemberName(name string) (string, error) { return memberName(name) }

// Members are what a struct or union consists of, and its size.
func Members(t btf.Type) ([]btf.Member, int64) {
	list, size, _ := members(t)
	return list, size
}

// WithTypes has other types in place of a header's.
func (h *Header) WithTypes(t *testing.T, k *Kernel, types string) *Header {
	t.Helper()
	helpers, err := missingHelpers(k)
	if err != nil {
		t.Fatal(err)
	}
	const others = "typedef unsigned long uintptr_t;\n#define PAGE_SIZE 4096\n"
	constants := h.Text[:strings.Index(h.Text, "struct ")]
	return &Header{Text: constants + forwardStructs() + types + helpers + others}
}

// Constant is a macro of the shim headers that stands for a number.
type Constant struct {
	Name string
	// Value has "bccgo_" before each name.
	Value string
}

// ShimConstants are the constants that consist of numbers, operators and other
// constants alone, and do not depend on the kernel's version.
func ShimConstants() []Constant {
	var list []Constant
	known := make(map[string]bool)
	for again := true; again; {
		again = false
		for _, c := range loadShims().chunks {
			name, value, ok := constant(c, known)
			if ok && !known[name] {
				known[name], again = true, true
				list = append(list, Constant{name, value})
			}
		}
	}
	return list
}

// constant takes a chunk apart that is a single #define of known names.
func constant(c chunk, known map[string]bool) (name, value string, ok bool) {
	rest, ok := strings.CutPrefix(c.text, "#define ")
	name, rest, _ = strings.Cut(rest, " ")
	if !ok || strings.ContainsRune(name, '(') || rest == "" || strings.ContainsAny(rest, `",`) {
		return "", "", false
	}
	var b strings.Builder
	for _, t := range source.Tokenize(rest) {
		if t.Kind == source.Ident {
			if !known[t.Text] {
				return "", "", false
			}
			b.WriteString("bccgo_")
		}
		b.WriteString(t.Text + " ")
	}
	return name, b.String(), true
}
