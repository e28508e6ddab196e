package probe

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bccgo/bcc/bccgo/internal/rootfs/roottest"
)

// typesTree is a kernel with a few types and a module with more.
func typesTree(t *testing.T) *Kernel {
	t.Helper()
	number := &btf.Int{Name: "int", Size: 4, Encoding: btf.Signed}
	deep := &btf.Union{Size: 4, Members: []btf.Member{{Name: "deepest", Type: number}}}
	inner := &btf.Struct{Size: 4, Members: []btf.Member{{Name: "inner", Type: number}, {Type: deep}}}
	kernelTypes := marshal(t, []btf.Type{
		&btf.Struct{Name: "request", Size: 12, Members: []btf.Member{
			{Name: "__sector", Type: number},
			{Name: "named", Type: &btf.Struct{Name: "other", Size: 4, Members: []btf.Member{{Name: "hidden", Type: number}}}},
			{Type: inner},
		}},
		&btf.Union{Name: "either", Size: 4, Members: []btf.Member{{Name: "one", Type: number}}},
		&btf.Enum{Name: "req_op", Size: 4, Values: []btf.EnumValue{{Name: "REQ_OP_READ"}, {Name: "REQ_OP_WRITE", Value: 1}}},
		&btf.Fwd{Name: "elsewhere", Kind: btf.FwdStruct},
		&btf.Typedef{Name: "size_t", Type: number},
	})
	return New(roottest.Tree(t, map[string]string{
		kernelBTF: kernelTypes, "/sys/kernel/btf/fs": moduleTypes([]byte(kernelTypes)),
	}))
}

func marshal(t *testing.T, types []btf.Type) string {
	t.Helper()
	builder, err := btf.NewBuilder(types, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := builder.Marshal(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// moduleTypes is the BTF of a module that has struct elsewhere and enum modes,
// written by hand: its names are numbered on from those of the kernel.
func moduleTypes(base []byte) string {
	const header, names = 24, "elsewhere\x00spot\x00modes\x00MODE_A\x00"
	order := binary.NativeEndian
	first := order.Uint32(base[20:]) // the length of the kernel's names
	name := func(s string) uint32 { return first + uint32(strings.Index(names, s)) }
	var types []byte
	for _, word := range []uint32{
		name("elsewhere"), 4<<24 | 1, 4, // a struct of one member and 4 bytes
		name("spot"), 0, 0, // of type void, at 0
		name("modes"), 6<<24 | 1, 4, // an enum of one value and 4 bytes
		name("MODE_A"), 7,
	} {
		types = order.AppendUint32(types, word)
	}
	raw := slices.Clone(base[:8])
	for _, word := range []uint32{0, uint32(len(types)), uint32(len(types)), uint32(len(names))} {
		raw = order.AppendUint32(raw, word)
	}
	return string(raw[:header]) + string(types) + names
}

func TestStructHasField(t *testing.T) {
	k := typesTree(t)
	for _, test := range []struct {
		name, field string
		want        bool
	}{
		{"request", "__sector", true},
		{"request", "named", true},
		{"request", "hidden", false},
		{"request", "inner", true},
		{"request", "deepest", true},
		{"request", "rq_disk", false},
		{"either", "one", true},
		{"elsewhere", "spot", true},
		{"elsewhere", "there", false},
	} {
		if got, err := k.StructHasField(test.name, test.field); got != test.want || err != nil {
			t.Errorf("%s.%s: %v, %v", test.name, test.field, got, err)
		}
	}
	var unknown *UnknownError
	for _, name := range []string{"requets", "req_op", "size_t", "int"} {
		if got, err := k.StructHasField(name, "__sector"); got || !errors.As(err, &unknown) || unknown.Name != name {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, err := k.StructHasField("requets", "x"); !errors.As(err, &unknown) || !slices.Contains(unknown.Nearest, "request") {
		t.Errorf("nearest: %v", err)
	}
	for _, names := range [][2]string{{"", "x"}, {"request", ""}} {
		if _, err := k.StructHasField(names[0], names[1]); err == nil {
			t.Errorf("%q: no error", names)
		}
	}
}

func TestEnumHasValue(t *testing.T) {
	k := typesTree(t)
	for _, test := range []struct {
		name, value string
		want        bool
	}{
		{"req_op", "REQ_OP_WRITE", true},
		{"req_op", "REQ_OP_FLUSH", false},
		{"modes", "MODE_A", true},
		{"modes", "REQ_OP_READ", false},
	} {
		if got, err := k.EnumHasValue(test.name, test.value); got != test.want || err != nil {
			t.Errorf("%s, %s: %v, %v", test.name, test.value, got, err)
		}
	}
	var unknown *UnknownError
	if _, err := k.EnumHasValue("request", "__sector"); !errors.As(err, &unknown) || unknown.Kind != "enum" {
		t.Errorf("a struct: %v", err)
	}
}

func TestTypesWithoutBTF(t *testing.T) {
	k := New(roottest.Tree(t, map[string]string{"/sys/": ""}))
	if _, err := k.StructHasField("request", "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
