package layout

import (
	"os"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"
)

func TestFromBTFRecorded(t *testing.T) {
	for name, want := range map[string]string{
		"scalars": "struct scalars { u8 u8v; char cv; s8 s8v; short shv; u16 u16v; int iv; u32 u32v; long lv; u64 u64v; " +
			"s64 s64v; bool bv; enum color col; pid_t pid; __be16 port; void *ptr; const volatile u32 cvv; int (*)() fn; " +
			"unsigned __int128 big; __int128 sbig; }",
		"parts": "struct parts { char comm[16]; struct inner in; struct inner ins[3]; union small un; anon_t an; " +
			"struct { u32 q; u16 r; }; union { u32 z; u8 zz[4]; }; struct { int deep; } named; u8 last; char tail[0]; }",
		"bits": "struct bits { u32 f1:3; u32 f2:5; u64 f3:40; int neg:4; bool flag:1; u16 after; u32 a:3; u32 b:8; u8 c:2; }",
		"grid": "struct grid { u32 cells[2][3]; }",
	} {
		if got := recordedStruct(t, name).String(); got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
}

func TestTable(t *testing.T) {
	got := recordedStruct(t, "parts").Table() + recordedStruct(t, "bits").Table()
	checkGolden(t, "table", got)
}

func TestSpelling(t *testing.T) {
	task := &btf.Struct{Name: "task_struct", Size: 8}
	for _, tc := range []struct {
		typ  btf.Type
		want string
	}{
		{&btf.Pointer{Target: task}, "struct task_struct *"},
		{&btf.Pointer{Target: &btf.Pointer{Target: cChar}}, "char **"},
		{&btf.Const{Type: &btf.Pointer{Target: &btf.Const{Type: cChar}}}, "const char *const"},
		{&btf.Pointer{Target: &btf.Void{}}, "void *"},
		{&btf.Pointer{Target: &btf.Fwd{Name: "sock", Kind: btf.FwdStruct}}, "struct sock *"},
		{&btf.Pointer{Target: &btf.TypeTag{Value: "rcu", Type: task}}, "struct task_struct *"},
		{array(2, array(3, cU32)), "u32[2][3]"},
		{array(4, &btf.Pointer{Target: cU8}), "u8 *[4]"},
		{array(4, &btf.Typedef{Name: "comm_t", Type: array(16, cChar)}), "comm_t[4]"},
		{&btf.Volatile{Type: cU32}, "volatile u32"},
		{&btf.Struct{Name: "", Size: 0}, "struct"},
	} {
		if got := fromBTF(t, tc.typ).Name; got != tc.want {
			t.Errorf("got %q, want %q", got, tc.want)
		}
	}
}

func TestUnnamedBitfieldIsPadding(t *testing.T) {
	ct := fromBTF(t, &btf.Struct{Name: "s", Size: 8, Members: []btf.Member{bitsAt("", 0, 5, cU32), at("n", 4, cU32)}})
	if got, want := ct.String(), "struct s { u32 n; }"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	checkGenerated(t, ct)
}

func TestFromBTFRefuses(t *testing.T) {
	loop := &btf.Struct{Name: "loop", Size: 8}
	loop.Members = []btf.Member{at("self", 0, loop)}
	huge := array(1<<31, cU64)
	for _, tc := range []struct {
		name string
		typ  btf.Type
		want string
	}{
		{"itself", loop, "too deeply"},
		{"too big", huge, "larger than"},
		{"member outside", &btf.Struct{Name: "s", Size: 4, Members: []btf.Member{at("x", 2, cU32)}}, "ends at byte 6"},
		{"bitfield outside", &btf.Struct{Name: "s", Size: 4, Members: []btf.Member{bitsAt("x", 30, 3, cU32)}}, "ends at byte 5"},
		{"wide bitfield", &btf.Struct{Name: "s", Size: 8, Members: []btf.Member{bitsAt("x", 0, 9, cU8)}}, "wider"},
		{"bitfield of struct", &btf.Struct{Name: "s", Size: 8, Members: []btf.Member{bitsAt("x", 0, 9, &btf.Struct{Name: "t", Size: 8})}}, "no integer"},
		{"variable", &btf.Var{Name: "v", Type: cU8}, "no layout"},
	} {
		_, err := FromBTF(tc.typ)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got error %v, want %q in it", tc.name, err, tc.want)
		}
	}
}

// kernelStructs calls f for every named struct and union of the running
// kernel.
func kernelStructs(t *testing.T, f func(name string, bt btf.Type)) {
	t.Helper()
	if _, err := os.Stat("/sys/kernel/btf/vmlinux"); err != nil {
		t.Skip("this kernel shows no BTF: ", err)
	}
	spec, err := btf.LoadKernelSpec()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for bt, err := range spec.All() {
		if err != nil {
			t.Fatal(err)
		}
		switch bt := bt.(type) {
		case *btf.Struct, *btf.Union:
			if bt.TypeName() != "" {
				n++
				f(bt.TypeName(), bt)
			}
		}
	}
	if n < 1000 {
		t.Errorf("only %d structs in the kernel's BTF", n)
	}
}

func TestKernelStructs(t *testing.T) {
	kernelStructs(t, func(name string, bt btf.Type) {
		got, err := FromBTF(bt)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if want, err := btf.Sizeof(bt); err != nil || got.Size != want {
			t.Errorf("%s: size %d, BTF says %d, %v", name, got.Size, want, err)
		}
		end := 0
		for _, m := range got.Members {
			if got.Kind == Struct && m.Offset < end && m.BitSize == 0 {
				t.Errorf("%s.%s: overlaps the member before", name, m.Name)
			}
			end = m.end()
		}
		if _, err := got.Decode(make([]byte, got.Size)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	})
}
