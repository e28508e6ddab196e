package layout

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"
)

// Where libbcc's description adds up, it must lead to the very offsets clang's
// BTF has for the same key or value.
func TestFromDescAgreesWithBTF(t *testing.T) {
	spec := recorded(t)
	for _, d := range descriptions(t) {
		t.Run(d.Map+" "+d.Part, func(t *testing.T) {
			got, err := FromDesc(d.Desc, d.Size)
			if d.Map == "grid" && d.Part == "key" {
				if err == nil || !strings.Contains(err.Error(), "covers 8 of 24 bytes") {
					t.Errorf("got %v, want the lost dimension noticed", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := fromBTF(t, mapPart(t, spec, d.Map, d.Part))
			compareLayout(t, d.Part, got, want)
		})
	}
}

// mapPart returns the key or value type of a map in libbcc's BTF.
func mapPart(t *testing.T, spec *btf.Spec, mapName, part string) btf.Type {
	t.Helper()
	// Lookup by name takes "___" for a flavour and finds too much.
	for bt, err := range spec.All() {
		if err != nil {
			t.Fatal(err)
		}
		s, ok := bt.(*btf.Struct)
		if !ok || s.Name != "____btf_map_"+mapName {
			continue
		}
		for _, m := range s.Members {
			if m.Name == part {
				return m.Type
			}
		}
	}
	t.Fatalf("no %s of map %s", part, mapName)
	return nil
}

// compareLayout compares what both sources know: not names of types, and
// enumerations and pointers only as integers.
func compareLayout(t *testing.T, path string, got, want *Type) {
	t.Helper()
	if got.Size != want.Size || got.Len != want.Len || len(got.Members) != len(want.Members) {
		t.Fatalf("%s: got\n%swant\n%s", path, got.Table(), want.Table())
	}
	if got.Kind != want.Kind && !(got.Kind == Int && (want.Kind == Enum || want.Kind == Pointer)) {
		t.Errorf("%s: got kind %v, want %v", path, got.Kind, want.Kind)
	}
	if got.Kind == want.Kind && got.Signed != want.Signed {
		t.Errorf("%s: got signed %v, want %v", path, got.Signed, want.Signed)
	}
	if got.Kind == Array {
		compareLayout(t, path+"[]", got.Elem, want.Elem)
	}
	for i, g := range got.Members {
		w := want.Members[i]
		if g.Name != w.Name || g.Offset != w.Offset || g.BitOffset != w.BitOffset || g.BitSize != w.BitSize {
			t.Errorf("%s: got %+v, want %+v", path, g, w)
		}
		compareLayout(t, join(path, g.Name), g.Type, w.Type)
	}
}

func TestFromDesc(t *testing.T) {
	for _, tc := range []struct {
		desc string
		size int
		want string
	}{
		{`"unsigned int"`, 4, "unsigned int"},
		{`"char"`, 16, "char[16]"},
		{`["k", [["a","int"]]]`, 4, "struct k { int a; }"},
		{`["k", [["a","char"], ["b","long"]], "struct"]`, 16, "struct k { char a; long b; }"},
		{`["k", [["a","char"], ["b","long"]], "struct_packed"]`, 9, "struct k { char a; long b; }"},
		{`["k", [["g","int",[2,3]]], "struct"]`, 24, "struct k { int g[2][3]; }"},
		{`["k", [["",[["x","int"],["y","short"]],"union"], ["z","int"]], "struct"]`, 8,
			"struct k { union { int x; short y; }; int z; }"},
		{`["k", [["f","unsigned char",1], ["p",["p",[["a","unsigned char"],["b","unsigned int"],["c","char",[3]]],"struct_packed"]]], "struct"]`, 9,
			"struct k { unsigned char f:1; struct p p; }"},
		{`["k", [["__pad_x","char",[2]], ["__pad_2","int"]], "struct"]`, 8, "struct k { char __pad_x[2]; int __pad_2; }"},
	} {
		got, err := FromDesc(tc.desc, tc.size)
		if err != nil {
			t.Errorf("%s: %v", tc.desc, err)
			continue
		}
		if got.String() != tc.want || got.Size != tc.size {
			t.Errorf("%s: got %s of %d bytes, want %s of %d", tc.desc, got, got.Size, tc.want, tc.size)
		}
	}
}

// A packed struct inside a natural one lies right after what is before it.
func TestFromDescPackedInside(t *testing.T) {
	const desc = `["k", [["f","unsigned char",1],
		["p",["p",[["a","unsigned char"],["b","unsigned int"],["c","char",[3]]],"struct_packed"]],
		["z","unsigned int"]], "struct"]`
	ct, err := FromDesc(desc, 16)
	if err != nil {
		t.Fatal(err)
	}
	if p, z := ct.Members[1].Offset, ct.Members[2].Offset; p != 1 || z != 12 {
		t.Errorf("p lies at %d and z at %d, want 1 and 12", p, z)
	}
}

func TestFromDescRefuses(t *testing.T) {
	deep := strings.Repeat(`["",[["x",`, 300) + `"int"` + strings.Repeat(`]],"struct"]`, 300)
	for _, tc := range []struct {
		desc string
		size int
		want string
	}{
		{`{`, 4, "unexpected end"},
		{``, 4, "unexpected end"},
		{`7`, 4, "unexpected form"},
		{`"int"`, -1, "larger than"},
		{`"int"`, 0, "covers 4 of 0 bytes"},
		{`"int"`, 6, "covers 4 of 6 bytes"},
		{`"struct foo"`, 4, `unknown type "struct foo"`},
		{`["k"]`, 4, "unexpected form"},
		{`["k", 3]`, 4, "fields"},
		{`["k", [], "class"]`, 4, `kind "class"`},
		{`["k", [], 3]`, 4, `kind ""`},
		{`["k k", []]`, 4, "name"},
		{`["9", []]`, 4, "name"},
		{`["k", [3]]`, 4, "field"},
		{`["k", [["a"]]]`, 4, "field"},
		{`["k", [["","int"]]]`, 4, "without a name"},
		{`["k", [["","int",[2]]]]`, 8, "without a name"},
		{`["k", [[1,"int"]]]`, 4, "name"},
		{`["k", [["a","what"]]]`, 4, `unknown type "what"`},
		{`["k", [["a","int",{}]]]`, 4, "unexpected form"},
		{`["k", [["a","int",["x"]]]]`, 4, "array length"},
		{`["k", [["a","int",[-1]]]]`, 4, "array length"},
		{`["k", [["a","int",[1.5]]]]`, 4, "array length"},
		{`["k", [["a","int",[1000000000]]]]`, 4, "larger than"},
		{`["k", [["a","int",33]]]`, 4, "width 33"},
		{`["k", [["a","int",1.5]]]`, 4, "width 1.5"},
		{`["k", [["a","float",3]]]`, 4, "bitfield"},
		{`["k", [["a",["x",[["y","int"]]],3]]]`, 4, "bitfield"},
		{deep, 4, "too deeply"},
	} {
		_, err := FromDesc(tc.desc, tc.size)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%.40s: got %v, want %q in it", tc.desc, err, tc.want)
		}
	}
}

func FuzzFromDesc(f *testing.F) {
	for _, d := range descriptions(f) {
		f.Add(d.Desc, d.Size)
	}
	f.Add(`["k", [["a","char",[2,3]], ["",[["b","long",7],["","int",0]],"union"]]]`, 16)
	f.Fuzz(func(t *testing.T, desc string, size int) {
		if size > 1<<12 || len(desc) > 1<<12 {
			return
		}
		ct, err := FromDesc(desc, size)
		if err != nil {
			return
		}
		if ct.Size != size {
			t.Fatalf("got %d bytes, asked for %d", ct.Size, size)
		}
		v, err := ct.Decode(make([]byte, size))
		if err != nil {
			t.Fatal(err)
		}
		_ = v.String()
		out, err := json.Marshal(v)
		if err != nil || !json.Valid(out) {
			t.Fatalf("%v: %s", err, out)
		}
		checkGenerated(t, ct)
		if ct.Kind == Struct || ct.Kind == Union {
			checkGeneratedFile(t, ct)
		}
	})
}
