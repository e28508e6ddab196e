package btftree

import (
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"
)

func TestPlan(t *testing.T) {
	packed5 := &btf.Struct{Name: "packed5", Size: 5, Members: []btf.Member{
		{Name: "a", Type: tInt}, {Name: "b", Type: tChar, Offset: bytesAt(4)}}}
	tests := []struct {
		name string
		typ  btf.Type
		want string
	}{
		{"natural", &btf.Struct{Size: 8, Members: []btf.Member{
			{Name: "a", Type: tChar}, {Name: "b", Type: tInt, Offset: bytesAt(4)}}},
			"char a; int b"},
		{"aligned by hand", &btf.Struct{Size: 64, Members: []btf.Member{
			{Name: "a", Type: tInt}, {Name: "b", Type: tInt, Offset: bytesAt(32)}}},
			"int a; unsigned char __bccgo_pad1[28]; int b; unsigned char __bccgo_pad2[28]"},
		{"packed", packed5, "int a; char b; packed"},
		{"packed inside", &btf.Struct{Size: 12, Members: []btf.Member{
			{Name: "a", Type: tChar}, {Name: "p", Type: packed5, Offset: bytesAt(1)}, {Name: "z", Type: tInt, Offset: bytesAt(8)}}},
			"char a; struct packed5 p; int z"},
		{"member off its place", &btf.Struct{Size: 6, Members: []btf.Member{
			{Name: "a", Type: tShort}, {Name: "b", Type: tInt, Offset: bytesAt(2)}}},
			"short int a; int b; packed"},
		{"bit-fields", &btf.Struct{Size: 4, Members: []btf.Member{
			{Name: "a", Type: tInt, BitfieldSize: 3}, {Name: "b", Type: tInt, Offset: 8, BitfieldSize: 5}}},
			"int a : 3; unsigned char : 5; int b : 5"},
		{"bit-field past a border", &btf.Struct{Size: 8, Members: []btf.Member{
			{Name: "a", Type: tInt, BitfieldSize: 30}, {Name: "b", Type: tInt, Offset: 32, BitfieldSize: 5}}},
			"int a : 30; int b : 5"},
		{"bit-field over a border", &btf.Struct{Size: 5, Members: []btf.Member{
			{Name: "a", Type: tInt, BitfieldSize: 30}, {Name: "b", Type: tInt, Offset: 30, BitfieldSize: 5}}},
			"int a : 30; int b : 5; packed"},
		{"bytes and bits between", &btf.Struct{Size: 8, Members: []btf.Member{
			{Name: "a", Type: tInt, BitfieldSize: 3}, {Name: "b", Type: tInt, Offset: 37, BitfieldSize: 5}}},
			"int a : 3; unsigned char : 5; unsigned char __bccgo_pad1[3]; unsigned char : 5; int b : 5"},
		{"union", &btf.Union{Size: 8, Members: []btf.Member{{Name: "a", Type: tInt}, {Name: "b", Type: tLong}}},
			"int a; long unsigned int b"},
		{"large union", &btf.Union{Size: 16, Members: []btf.Member{{Name: "a", Type: tInt}}},
			"int a; unsigned char __bccgo_pad1[16]"},
		{"small union", &btf.Union{Size: 9, Members: []btf.Member{{Name: "a", Type: tLong}, {Name: "b", Type: &btf.Array{Index: tInt, Type: tChar, Nelems: 9}}}},
			"long unsigned int a; char b[9]; packed"},
		{"open array", &btf.Struct{Size: 4, Members: []btf.Member{
			{Name: "n", Type: tInt}, {Name: "a", Type: &btf.Array{Index: tInt, Type: tChar}, Offset: bytesAt(4)}}},
			"int n; char a[0]"},
		{"empty", &btf.Struct{}, ""},
		{"only padding", &btf.Struct{Size: 3}, "unsigned char __bccgo_pad1[3]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := newEmitter(nil, &defined{})
			got, err := e.body(tt.typ, 0)
			if err != nil {
				t.Fatal(err)
			}
			if got = oneLine(got); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// oneLine spells a body with its members in one line.
func oneLine(body string) string {
	body = strings.NewReplacer("{\n", "", "}", "", "\t", "", " __attribute__((packed))", "packed;").Replace(body)
	return strings.TrimSuffix(strings.Join(strings.Fields(strings.ReplaceAll(body, "\n", " ")), " "), ";")
}

func TestPlanRefuses(t *testing.T) {
	self := &btf.Struct{Name: "self", Size: 8}
	self.Members = []btf.Member{{Name: "s", Type: self}}
	var deep btf.Type = tInt
	for range maxDepth + 1 {
		deep = &btf.Struct{Name: "deep", Size: 4, Members: []btf.Member{{Name: "d", Type: deep}}}
	}
	tests := map[string]btf.Type{
		"overlap":     &btf.Struct{Name: "s", Size: 8, Members: []btf.Member{{Name: "a", Type: tLong}, {Name: "b", Type: tInt, Offset: bytesAt(4)}}},
		"beyond":      &btf.Struct{Name: "s", Size: 4, Members: []btf.Member{{Name: "a", Type: tLong}}},
		"wide bits":   &btf.Struct{Name: "s", Size: 4, Members: []btf.Member{{Name: "a", Type: tChar, BitfieldSize: 9}}},
		"void member": &btf.Struct{Name: "s", Size: 4, Members: []btf.Member{{Name: "a", Type: (*btf.Void)(nil)}}},
		"itself":      self,
		"deep":        deep,
	}
	for name, typ := range tests {
		e := newEmitter(nil, &defined{})
		if err := e.root(typ); err == nil {
			t.Errorf("%s: no error, but %s", name, e.out.String())
		}
	}
}
