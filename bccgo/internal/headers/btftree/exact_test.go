package btftree_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/cc"
	"github.com/bccgo/bcc/bccgo/internal/headers/btftree"
	"github.com/bccgo/bcc/internal/testenv"
)

// TestLayoutsAreExact writes every named struct and union of a kernel, has the
// compiler assert their sizes and the offset of every member, and compares the
// type information that the compiler makes, bit-fields included, with the
// kernel's.
func TestLayoutsAreExact(t *testing.T) {
	testenv.Live(t)
	t.Setenv(cc.SpoolEnv, "") // whoever serves it has another folder for headers
	for name, file := range theKernels(t) {
		t.Run(name, func(t *testing.T) {
			k := readKernel(t, file)
			all := btftree.WriteAll(t, k)
			t.Logf("%d types, %d assertions", len(all.Names), all.Count)
			if all.Count < 50_000 {
				t.Errorf("%d assertions are too few for a kernel", all.Count)
			}
			compareTypes(t, all.Names, compileHeader(t, k, all.Types+all.Asserts))
		})
	}
}

// compileHeader compiles with a header made of types alone.
func compileHeader(t *testing.T, k *btftree.Kernel, types string) *bundle.Bundle {
	t.Helper()
	const text = `
__attribute__((section(".maps.____bccgo_ev"), used)) struct bccgo_all bccgo_all;
int nothing(void *ctx) { return 0; }`
	h, err := btftree.Generate(k, &btftree.Request{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := btftree.Write(dir, h.WithTypes(t, k, types), nil); err != nil {
		t.Fatal(err)
	}
	r, err := cc.Compile(context.Background(), &cc.Request{Text: text, HeadersTree: dir,
		Cflags: []string{"-ferror-limit=20", "-Wno-everything"},
		Target: bundle.Target{Release: "6.1.0", Machine: "x86_64", PossibleCPUs: 2, OnlineCPUs: 2}})
	if err != nil {
		t.Fatal(err)
	}
	return r.Bundle
}

// compareTypes compares what the compiler says of the structs with bit-fields
// to what the kernel says of them.
func compareTypes(t *testing.T, names map[btf.Type]string, b *bundle.Bundle) {
	t.Helper()
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(b.BTF))
	if err != nil {
		t.Fatal(err)
	}
	bitfields := 0
	for typ, name := range names {
		made := compiledType(spec, name)
		if made == nil {
			continue
		}
		list, size := btftree.Members(typ)
		if _, madeSize := btftree.Members(made); size != madeSize {
			t.Errorf("%s has %d bytes in place of %d", name, madeSize, size)
		}
		bitfields += compareMembers(t, name, list, made)
	}
	t.Logf("%d bit-fields compared", bitfields)
	if bitfields < 1000 {
		t.Errorf("%d bit-fields are too few for a kernel", bitfields)
	}
}

// compiledType is the compiler's struct or union of a name, nil if it dropped it.
func compiledType(spec *btf.Spec, name string) btf.Type {
	list, _ := spec.AnyTypesByName(name)
	for _, typ := range list {
		if members, _ := btftree.Members(typ); members != nil {
			return typ
		}
	}
	return nil
}

func compareMembers(t *testing.T, name string, want []btf.Member, made btf.Type) (bitfields int) {
	got := make(map[string]btf.Member)
	list, _ := btftree.Members(made)
	for _, m := range btftree.Flat(list, 0) {
		got[m.Name] = m
	}
	for _, m := range btftree.Flat(want, 0) {
		member, err := btftree.MemberName(m.Name)
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
