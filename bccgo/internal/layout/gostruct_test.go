package layout

import (
	"reflect"
	"testing"

	"github.com/cilium/ebpf/btf"
)

func TestGoStructGolden(t *testing.T) {
	var got string
	for _, name := range []string{"scalars", "parts", "bits", "packedbits", "bitsafter", "packed", "grid", "event"} {
		got += GoStruct(recordedStruct(t, name), "event") + "\n"
	}
	checkGolden(t, "gostruct", got)
}

func TestGoStructFitsRecorded(t *testing.T) {
	for bt, err := range recorded(t).All() {
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := bt.(*btf.FuncProto); ok {
			continue
		}
		ct, err := FromBTF(bt)
		if err != nil || ct.Kind == Opaque {
			continue
		}
		checkGenerated(t, ct)
		if ct.Kind == Struct || ct.Kind == Union || ct.Kind == Enum {
			checkGeneratedFile(t, ct)
		}
	}
}

// Structs of every awkward sort, taken from the running kernel.
func TestGoStructFitsKernel(t *testing.T) {
	always := map[string]bool{
		"task_struct": true, "sock": true, "bio": true, "inode": true, "file": true, "sk_buff": true, "tcphdr": true,
		"iphdr": true, "ethhdr": true, "mm_struct": true, "request": true, "tcp_sock": true, "siginfo": true, "page": true,
	}
	found, n := 0, 0
	kernelStructs(t, func(name string, bt btf.Type) {
		n++
		if !always[name] && n%25 != 0 {
			return
		}
		if always[name] {
			found++
		}
		checkGenerated(t, fromBTF(t, bt))
		checkGeneratedFile(t, fromBTF(t, bt))
	})
	if found < len(always)-3 {
		t.Errorf("only %d of %d well-known structs found", found, len(always))
	}
}

func TestGoStructNames(t *testing.T) {
	u := &btf.Union{Size: 4, Members: []btf.Member{at("half", 0, cU16), at("bytes", 0, array(4, cU8))}}
	odd := &btf.Union{Size: 3, Members: []btf.Member{at("c", 0, array(3, &btf.Struct{Size: 1, Members: []btf.Member{at("v", 0, cU8)}}))}}
	for _, tc := range []struct {
		name string
		typ  *btf.Struct
	}{
		{"same but for underscores", &btf.Struct{Size: 12, Members: []btf.Member{at("a_b", 0, cU32), at("ab", 4, cU32), at("ab2", 8, cU32)}}},
		{"nothing but underscores", &btf.Struct{Size: 8, Members: []btf.Member{at("_", 0, cU32), at("__", 4, cU32)}}},
		{"keyword", &btf.Struct{Size: 8, Members: []btf.Member{at("type", 0, cU32), at("_func", 4, cU32)}}},
		{"dollar", &btf.Struct{Size: 8, Members: []btf.Member{at("$x", 0, cU32), at("x", 4, cU32)}}},
		{"bits taken", &btf.Struct{Size: 8, Members: []btf.Member{bitsAt("a", 0, 3, cU32), at("bits0", 4, cU32)}}},
		{"bits and a member of one name", &btf.Struct{Size: 8, Members: []btf.Member{bitsAt("a_b", 0, 3, cU32), bitsAt("ab", 3, 5, cU32), at("ab_", 4, cU32)}}},
		{"twice the same bits", &btf.Struct{Size: 4, Members: []btf.Member{bitsAt("a", 0, 3, cU32), bitsAt("a", 3, 5, cU32)}}},
		{"anonymous unions", &btf.Struct{Size: 12, Members: []btf.Member{at("", 0, u), at("", 4, odd), at("union4", 8, cU32)}}},
		{"empty", &btf.Struct{}},
		{"flexible", &btf.Struct{Size: 4, Members: []btf.Member{at("n", 0, cU32), at("data", 4, array(0, cU8))}}},
		{"flexible amid", &btf.Struct{Size: 8, Members: []btf.Member{at("n", 0, cU32), at("data", 4, array(0, cU8)), at("tail", 4, cU32)}}},
		{"packed tail", &btf.Struct{Size: 5, Members: []btf.Member{at("n", 0, cU32), at("b", 4, cU8)}}},
		{"packed inside", &btf.Struct{Size: 8, Members: []btf.Member{at("b", 0, cU8),
			at("s", 1, &btf.Struct{Size: 4, Members: []btf.Member{at("n", 0, cU32)}}), at("c", 5, cU8)}}},
		{"bytes inside packed", &btf.Struct{Size: 3, Members: []btf.Member{at("b", 0, cU8),
			at("s", 1, &btf.Struct{Size: 2, Members: []btf.Member{at("n", 0, array(2, cU8))}})}}},
		{"leading hole", &btf.Struct{Size: 8, Members: []btf.Member{bitsAt("b", 8, 8, cU32), at("n", 4, cU32)}}},
		{"bits over 8 bytes", &btf.Struct{Size: 16, Members: []btf.Member{bitsAt("a", 0, 60, cU64), bitsAt("b", 60, 10, cU64)}}},
		{"float", &btf.Struct{Size: 16, Members: []btf.Member{at("f", 0, cFloat), at("ld", 8, &btf.Float{Name: "half", Size: 2})}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			checkGenerated(t, fromBTF(t, tc.typ))
			checkGeneratedFile(t, fromBTF(t, &btf.Typedef{Name: "event", Type: tc.typ}))
		})
	}
}

func TestGoStructOfScalar(t *testing.T) {
	if got, want := GoStruct(fromBTF(t, cU64), "count"), "type count uint64\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := GoStruct(fromBTF(t, array(2, array(3, cU16))), "grid"), "type grid [2][3]uint16\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A struct used twice is declared once, and Go arrays of it line up.
func TestGoStructSharesNested(t *testing.T) {
	pair := &btf.Struct{Name: "pair", Size: 8, Members: []btf.Member{at("a", 0, cU32), at("b", 4, cU32)}}
	ct := fromBTF(t, &btf.Struct{Name: "s", Size: 28, Members: []btf.Member{
		at("first", 0, pair), at("rest", 8, array(2, pair)), at("n", 24, cU32)}})
	want := `type event struct {
	First eventFirst
	Rest  [2]eventFirst
	N     uint32
}

type eventFirst struct {
	A uint32
	B uint32
}
`
	if got := GoStruct(ct, "event"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if reflect.TypeFor[uint64]().Align() == 8 {
		checkGenerated(t, ct)
	}
}
