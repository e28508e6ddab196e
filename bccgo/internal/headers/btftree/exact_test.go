package btftree

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/cc"
	"github.com/bccgo/bcc/internal/testenv"
)

// TestLayoutsAreExact writes every named struct and union of a kernel, has the
// compiler assert their sizes and the offset of every member, and compares the
// type information that the compiler makes, bit-fields included, with the
// kernel's.
func TestLayoutsAreExact(t *testing.T) {
	testenv.Live(t)
	for name, file := range theKernels(t) {
		t.Run(name, func(t *testing.T) { exact(t, readKernel(t, file)) })
	}
}

func exact(t *testing.T, k *Kernel) {
	e := newEmitter(nil, &defined{})
	for typ, err := range k.parts[0].spec.All() {
		if err != nil {
			t.Fatal(err)
		}
		if _, _, union := members(typ); typ.TypeName() != "" && isTagged(typ) && !isEnum(typ) {
			if err := e.root(typ); err != nil {
				t.Errorf("%s (union: %v): %v", typ.TypeName(), union, err)
			}
		}
	}
	asserts, count := assertions(t, e)
	t.Logf("%d types, %d assertions", len(e.written), count)
	if count < 50_000 {
		t.Errorf("%d assertions are too few for a kernel", count)
	}
	b := compileHeader(t, k, e.out.String()+asserts)
	compareTypes(t, e, b)
}

// assertions are C's for all that was written, bit-fields left out; and one
// struct with all types that have bit-fields, for the compiler to describe.
func assertions(t *testing.T, e *emitter) (string, int) {
	var out, all strings.Builder
	count := 0
	for i, typ := range e.written {
		list, size, _ := members(typ)
		if typ.TypeName() == "" || isTypedef(typ) || isEnum(typ) {
			continue
		}
		name := keyword(typ) + " " + e.names.given[typ]
		fmt.Fprintf(&out, "_Static_assert(sizeof(%s) == %d, \"\");\n", name, size)
		count++
		bits := false
		for _, m := range flat(list, 0) {
			if bits = bits || m.BitfieldSize > 0; m.BitfieldSize > 0 {
				continue
			}
			member, err := memberName(m.Name)
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

// compileHeader compiles with a header made of types alone.
func compileHeader(t *testing.T, k *Kernel, types string) *bundle.Bundle {
	t.Helper()
	helpers, err := missingHelpers(k)
	if err != nil {
		t.Fatal(err)
	}
	text := `
__attribute__((section(".maps.____bccgo_ev"), used)) struct bccgo_all bccgo_all;
int nothing(void *ctx) { return 0; }`
	h, err := Generate(k, &Request{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	uintptr := "typedef unsigned long uintptr_t;\n#define PAGE_SIZE 4096\n"
	constants := h.Text[:strings.Index(h.Text, "struct ")]
	h.Text = constants + forwardStructs() + types + helpers + uintptr
	dir := t.TempDir()
	if err := Write(dir, h, nil); err != nil {
		t.Fatal(err)
	}
	r, err := cc.Compile(context.Background(), &cc.Request{Text: text, HeadersTree: dir,
		Cflags: []string{"-ferror-limit=20", "-Wno-everything"},
		Target: bundle.Target{Release: "6.1.0", Machine: "x86_64", PossibleCPUs: 2, OnlineCPUs: 2}})
	if err != nil {
		t.Fatalf("%v\n%s", err, os.Getenv("TMPDIR"))
	}
	return r.Bundle
}

// compareTypes compares what the compiler says of the structs with bit-fields
// to what the kernel says of them.
func compareTypes(t *testing.T, e *emitter, b *bundle.Bundle) {
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(b.BTF))
	if err != nil {
		t.Fatal(err)
	}
	bitfields := 0
	for typ, name := range e.names.given {
		list, size, _ := members(typ)
		if typ.TypeName() == "" || isTypedef(typ) || isEnum(typ) {
			continue
		}
		made := compiledType(spec, name)
		if made == nil {
			continue
		}
		_, madeSize, _ := members(made)
		if size != madeSize {
			t.Errorf("%s has %d bytes in place of %d", name, madeSize, size)
		}
		bitfields += compareMembers(t, name, list, made)
	}
	t.Logf("%d bit-fields compared", bitfields)
	if bitfields < 1000 {
		t.Errorf("%d bit-fields are too few for a kernel", bitfields)
	}
}

// flat has the members of members without a name in their place, as C does.
func flat(list []btf.Member, base btf.Bits) []btf.Member {
	var out []btf.Member
	for _, m := range list {
		m.Offset += base
		if m.Name != "" {
			out = append(out, m)
			continue
		}
		inner, _, _ := members(m.Type)
		out = append(out, flat(inner, m.Offset)...)
	}
	return out
}

func compiledType(spec *btf.Spec, name string) btf.Type {
	list, _ := spec.AnyTypesByName(name)
	for _, typ := range list {
		if isTagged(typ) && !isEnum(typ) {
			return typ
		}
	}
	return nil
}

func compareMembers(t *testing.T, name string, want []btf.Member, made btf.Type) (bitfields int) {
	got := make(map[string]btf.Member)
	list, _, _ := members(made)
	for _, m := range flat(list, 0) {
		got[m.Name] = m
	}
	for _, m := range flat(want, 0) {
		member, err := memberName(m.Name)
		if err != nil {
			t.Fatal(err)
		}
		g, ok := got[member]
		if !ok || g.Offset != m.Offset || g.BitfieldSize != m.BitfieldSize {
			t.Errorf("%s.%s is at bit %d with %d bits in place of %d with %d (there: %v)", name, m.Name, g.Offset, g.BitfieldSize, m.Offset, m.BitfieldSize, ok)
		}
		if m.BitfieldSize > 0 {
			bitfields++
		}
	}
	return bitfields
}
