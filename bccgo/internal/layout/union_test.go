package layout

import (
	"reflect"
	"testing"

	"github.com/cilium/ebpf/btf"
)

// TestCheckUnions reads a union through one of its members.
func TestCheckUnions(t *testing.T) {
	pair := &btf.Struct{Name: "pair", Size: 8, Members: []btf.Member{at("x", 0, cU32), at("y", 4, cU32)}}
	u := &btf.Union{Name: "u", Size: 16, Members: []btf.Member{at("pair", 0, pair), at("v4", 0, cU32), at("v6", 0, array(16, cU8))}}
	ct := fromBTF(t, &btf.Struct{Name: "s", Size: 16, Members: []btf.Member{at("un", 0, u)}})
	type like struct {
		X, Y uint32
		_    [8]byte
	}
	fits := map[string]reflect.Type{
		"bytes": reflect.TypeFor[struct{ Un [16]byte }](),
		"words": reflect.TypeFor[struct{ Un [2]uint64 }](),
		"like":  reflect.TypeFor[struct{ Un like }](),
		"member": reflect.TypeFor[struct {
			Un struct {
				V4 uint32
				_  [12]byte
			}
		}](),
		"struct member": reflect.TypeFor[struct {
			Un struct {
				Pair struct{ X, Y uint32 }
				_    [8]byte
			}
		}](),
	}
	for name, g := range fits {
		if err := Check(ct, g); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused := []struct {
		name   string
		goType reflect.Type
		reason string
	}{
		{"other names", reflect.TypeFor[struct{ Un struct{ A, B uint64 } }](), "is like no member"},
		{"other types", reflect.TypeFor[struct {
			Un struct {
				X, Y uint16
				_    [12]byte
			}
		}](), "is like no member"},
		{"other size", reflect.TypeFor[struct{ Un struct{ V4 uint32 } }](), "16 bytes"},
	}
	for _, tc := range refused {
		t.Run(tc.name, func(t *testing.T) { expectMismatch(t, Check(ct, tc.goType), "un", tc.reason) })
	}
}

func TestFind(t *testing.T) {
	in := &btf.Struct{Name: "in", Size: 8, Members: []btf.Member{at("a_b", 0, cU32), at("ab", 4, cU32)}}
	anon := &btf.Union{Size: 8, Members: []btf.Member{at("z", 0, cU64)}}
	ct := fromBTF(t, &btf.Struct{Name: "s", Size: 24, Members: []btf.Member{at("first", 0, cU64), at("in", 8, in), at("", 16, anon)}})
	for path, want := range map[string]int{"first": 0, "First": 0, "in": 8, "in.a_b": 8, "in.ab": 12, "In.AB": 8, "z": 16} {
		if m, ok := ct.Find(path); !ok || m.Offset != want {
			t.Errorf("%s: offset %d, %v; want %d", path, m.Offset, ok, want)
		}
	}
	for _, path := range []string{"", ".", "in.", "in.c", "first.x", "zz"} {
		if m, ok := ct.Find(path); ok {
			t.Errorf("%q found %+v", path, m)
		}
	}
}
