package bccgo

import (
	"errors"
	"maps"
	"net/netip"
	"testing"
)

func prefix(t testing.TB, text string) netip.Prefix {
	t.Helper()
	return must(netip.ParsePrefix(text))(t)
}

func TestTableLPM(t *testing.T) {
	m := liveTables(t)
	for table, tc := range map[string]struct{ wide, narrow, inNarrow, inWide, outside, otherFamily string }{
		"trie4": {"10.0.0.0/8", "10.1.2.0/24", "10.1.2.3", "10.9.9.9", "11.0.0.0", "::1"},
		"trie6": {"2001:db8::/32", "2001:db8:1::/48", "2001:db8:1::5", "2001:db8:2::", "2001:db9::", "10.0.0.1"},
	} {
		trie := must(LPM[uint64](m, table))(t)
		must(0, trie.Update(prefix(t, tc.wide), 1))(t)
		must(0, trie.Update(prefix(t, tc.narrow), 2))(t)
		for address, want := range map[string]uint64{tc.inWide: 1, tc.inNarrow: 2} {
			if v, err := trie.Lookup(netip.MustParseAddr(address)); v != want || err != nil {
				t.Errorf("%s: %s has %d, %v", table, address, v, err)
			}
		}
		if _, err := trie.Lookup(netip.MustParseAddr(tc.outside)); !errors.Is(err, ErrKeyNotExist) {
			t.Errorf("%s: %s: %v", table, tc.outside, err)
		}
		want := map[netip.Prefix]uint64{prefix(t, tc.wide): 1, prefix(t, tc.narrow): 2}
		if got := maps.Collect(trie.All()); !maps.Equal(got, want) || trie.Err() != nil {
			t.Errorf("%s: %v, %v", table, got, trie.Err())
		}
		var misfit *LayoutError
		for _, bad := range []netip.Addr{netip.MustParseAddr(tc.otherFamily), {}} {
			if _, err := trie.Lookup(bad); !errors.As(err, &misfit) {
				t.Errorf("%s: address %v: %v", table, bad, err)
			}
		}
		must(0, trie.Delete(prefix(t, tc.narrow)))(t)
		if err := trie.Delete(prefix(t, tc.narrow)); !errors.Is(err, ErrKeyNotExist) {
			t.Errorf("%s: deleted twice: %v", table, err)
		}
		if n, err := trie.Len(); n != 1 || err != nil {
			t.Errorf("%s: %d prefixes, %v", table, n, err)
		}
		must(0, trie.Clear())(t)
		if n, err := trie.Len(); n != 0 || err != nil {
			t.Errorf("%s: %d prefixes, %v", table, n, err)
		}
	}
}

// The same table through its C key: an address of a byte each way.
func TestTableLPMByKey(t *testing.T) {
	m := liveTables(t)
	type key struct {
		Bits    uint32
		Address [4]byte
	}
	trie := must(Map[key, uint64](m, "trie4"))(t)
	n, err := trie.BatchUpdate([]key{{8, [4]byte{10}}, {16, [4]byte{10, 1}}, {0, [4]byte{}}}, []uint64{1, 2, 3})
	if n != 3 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	for _, tc := range []struct {
		address [4]byte
		want    uint64
	}{{[4]byte{10, 1, 1, 1}, 2}, {[4]byte{10, 2}, 1}, {[4]byte{192, 168}, 3}} {
		if v, err := trie.Lookup(key{32, tc.address}); v != tc.want || err != nil {
			t.Errorf("%v has %d, %v", tc.address, v, err)
		}
	}
	if v, err := m.Table("trie4").Get(map[string]any{"bits": 32, "address": []byte{10, 1, 0, 0}}); err != nil || v.String() != "2" {
		t.Errorf("untyped %v, %v", v, err)
	}
	if n, err := trie.BatchDelete([]key{{8, [4]byte{10}}, {9, [4]byte{10}}, {16, [4]byte{10, 1}}}); n != 2 || err != nil {
		t.Errorf("deleted %d, %v", n, err)
	}
	keys, values, err := trie.BatchLookupAndDelete()
	if err != nil || len(keys) != 1 || keys[0] != (key{}) || values[0] != 3 {
		t.Errorf("took %v %v, %v", keys, values, err)
	}
	if n, err := trie.Len(); n != 0 || err != nil {
		t.Errorf("%d left, %v", n, err)
	}
}
