package btftree

import (
	"errors"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"
)

// TestDamagedTypes cuts and changes the types of a small kernel at every byte.
// Whatever comes of it is an error or a header, not a crash.
func TestDamagedTypes(t *testing.T) {
	file := &btf.Struct{Name: "file", Size: 16, Members: []btf.Member{
		{Name: "a", Type: tU32}, {Name: "b", Type: &btf.Array{Index: tInt, Type: tShort, Nelems: 2}, Offset: bytesAt(4)},
		{Name: "c", Type: tInt, Offset: bytesAt(8), BitfieldSize: 3}}}
	good := rawOf(t, file, &btf.Enum{Name: "e", Size: 4, Values: []btf.EnumValue{{Name: "ONE", Value: 1}}})
	tryTypes := func(data []byte) {
		k, err := ReadKernel(data)
		if err != nil {
			return
		}
		h, err := Generate(k, &Request{Text: "int f(struct file *f, enum e x) { return ONE; }"})
		if err == nil && len(h.Text) > 1<<20 {
			t.Errorf("%d bytes of header for a handful of types", len(h.Text))
		}
	}
	for n := range good {
		tryTypes(good[:n])
		for _, change := range []byte{0x01, 0x80, 0xff} {
			damaged := append([]byte(nil), good...)
			damaged[n] ^= change
			tryTypes(damaged)
		}
	}
}

func TestReadKernelRefuses(t *testing.T) {
	for name, data := range map[string]string{"nothing": "", "text": strings.Repeat("no types here ", 10), "ELF": "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 60)} {
		_, err := ReadKernel([]byte(data))
		var e *BTFError
		if !errors.As(err, &e) || e.Module != Vmlinux {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNamesOfOtherLanguages: what cannot be a name in C must not get into the
// text, where it could be code.
func TestNamesOfOtherLanguages(t *testing.T) {
	bad := &btf.Struct{Name: "file", Size: 4, Members: []btf.Member{{Name: "x; int y", Type: tInt}}}
	if _, err := Generate(kernelOf(t, bad), &Request{Text: "struct file *f;"}); err == nil || !strings.Contains(err.Error(), "no name in C") {
		t.Errorf("a member with code for its name: %v", err)
	}
	generic := &btf.Struct{Name: "Vec<u8>", Size: 4, Members: []btf.Member{{Name: "x", Type: tInt}}}
	holder := &btf.Struct{Name: "file", Size: 8, Members: []btf.Member{{Name: "v", Type: &btf.Pointer{Target: generic}}}}
	if h, err := Generate(kernelOf(t, holder), &Request{Text: "struct file *f;"}); err != nil {
		t.Errorf("a pointer to a type without a name in C: %v", err)
	} else if strings.Contains(h.Text, "Vec<") {
		t.Errorf("the name is in the text:\n%s", h.Text)
	}
}

func FuzzGenerate(f *testing.F) {
	f.Add(rawOf(f, &btf.Struct{Name: "file", Size: 4, Members: []btf.Member{{Name: "a", Type: tU32}}}), "struct file *f; int x = ONE;")
	f.Add(rawOf(f, &btf.Enum{Name: "e", Size: 4, Values: []btf.EnumValue{{Name: "ONE", Value: 1}}}), "enum e x; typedef struct { int a; } t;")
	f.Fuzz(func(t *testing.T, data []byte, text string) {
		k, err := ReadKernel(data)
		if err != nil {
			return
		}
		if h, err := Generate(k, &Request{Text: text}); err == nil && !strings.HasPrefix(h.Text, "/*") {
			t.Error("no header")
		}
	})
}
