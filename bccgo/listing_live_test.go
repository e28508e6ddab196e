package bccgo

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestLiveDecodeTable(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, tablesText, nil)
	for _, name := range m.Tables() {
		got, err := m.DecodeTable(name)
		table := m.Table(name)
		want := fmt.Sprintf("table %s: %s, at most %d entries", name, table.TypeName(), table.MaxEntries())
		if err != nil || !strings.HasPrefix(got, want) || !strings.Contains(got, "\nvalue: ") {
			t.Errorf("got %v\n%s\nwant %s…", err, got, want)
		}
		if strings.Contains(got, "no known C type") {
			t.Errorf("types are not known:\n%s", got)
		}
	}
	got, err := m.DecodeTable("hash")
	if err != nil || !strings.HasPrefix(got, `table hash: hash, at most 4 entries
key: struct key_t, 24 bytes
  offset  size  name   type
  0       4     pid    u32
  4       8     comm   char[8]
  12      4            (padding)
  16      8     where  u64
value: struct value_t, 24 bytes
`) {
		t.Errorf("got %v\n%s", err, got)
	}
	list, err := m.DisassembleFunc("unused")
	if err != nil || !strings.Contains(list, "return 0;\n") || !strings.HasSuffix(list, ": exit\n") {
		t.Errorf("got %v\n%s", err, list)
	}
}

// TestLiveTableTypeNames compares with the names that the kernel has.
func TestLiveTableTypeNames(t *testing.T) {
	testenv.Live(t)
	spec, err := btf.LoadKernelSpec()
	if err != nil {
		t.Skip("the kernel has no type information: ", err)
	}
	var types *btf.Enum
	if err := spec.TypeByName("bpf_map_type", &types); err != nil {
		t.Fatal(err)
	}
	known := map[uint64]bool{}
	for _, v := range types.Values {
		name := strings.ToLower(strings.TrimPrefix(v.Name, "BPF_MAP_TYPE_"))
		// Renamed when types that do better came; the kernel has both names.
		deprecated := strings.HasSuffix(name, "_deprecated") || known[v.Value]
		known[v.Value] = true
		if got := TableTypeName(ebpf.MapType(v.Value)); !deprecated && got != name && v.Value != 0 && !strings.HasPrefix(name, "__") {
			t.Errorf("type %d is %s, want %s", v.Value, got, name)
		}
	}
	if len(known) < 25 {
		t.Errorf("the kernel has only %d types", len(known))
	}
	if got := TableTypeName(9999); got != "type 9999" {
		t.Errorf("an unknown type is %q", got)
	}
}
