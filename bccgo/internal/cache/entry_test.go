package cache

import (
	"reflect"
	"strings"
	"testing"
)

func sample() *Entry {
	return &Entry{Note: "main.go:12", Release: "6.1.0-56-amd64", Data: []byte("compiled"),
		Files: []File{{Path: "/usr/include/a.h", Size: 12, Modified: 1e18, Inode: 77}, {Path: "/b", Size: 1 << 40, Modified: -1, Inode: 1}}}
}

func TestEntryRoundTrip(t *testing.T) {
	for _, e := range []*Entry{sample(), {Data: []byte{}, Files: []File{}}} {
		got, err := unmarshal(e.marshal(keyOf("x")), keyOf("x"))
		if err != nil || !reflect.DeepEqual(got, e) {
			t.Errorf("got %+v, %v; want %+v", got, err, e)
		}
	}
	if _, err := unmarshal(sample().marshal(keyOf("x")), keyOf("y")); err == nil || !strings.Contains(err.Error(), "another key") {
		t.Errorf("the entry of another key: %v", err)
	}
}

// TestEveryDamageIsSeen flips every bit of an entry and cuts it at every length.
func TestEveryDamageIsSeen(t *testing.T) {
	k := keyOf("x")
	data := sample().marshal(k)
	for i := range len(data) * 8 {
		data[i/8] ^= 1 << (i % 8)
		if e, err := unmarshal(data, k); err == nil {
			t.Fatalf("bit %d flipped: accepted as %+v", i, e)
		}
		data[i/8] ^= 1 << (i % 8)
	}
	for n := range data {
		if e, err := unmarshal(data[:n], k); err == nil {
			t.Fatalf("cut to %d bytes: accepted as %+v", n, e)
		}
	}
	if _, err := unmarshal(append(data, 0), k); err == nil {
		t.Error("a byte too many is accepted")
	}
}

// FuzzDecode feeds the decoder bytes that a checksum would have let through.
func FuzzDecode(f *testing.F) {
	data := sample().marshal(Key{})
	body := data[len(magic)+len(Key{}) : len(data)-32]
	f.Add(body)
	f.Add([]byte{})
	f.Add([]byte{0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, body []byte) {
		d := decoder{rest: body}
		e := d.entry()
		if d.short || len(d.rest) > 0 {
			return
		}
		again, err := unmarshal(e.marshal(Key{}), Key{})
		if err != nil || !reflect.DeepEqual(again, e) {
			t.Errorf("%+v becomes %+v, %v", e, again, err)
		}
	})
}

func TestKeyTellsPartsApart(t *testing.T) {
	seen := make(map[Key]string)
	for name, add := range map[string]func(*Hash){
		"nothing":     func(*Hash) {},
		"empty part":  func(h *Hash) { h.Add("a", "") },
		"no part":     func(h *Hash) { h.Add("a") },
		"two parts":   func(h *Hash) { h.Add("a", "bc", "d") },
		"split else":  func(h *Hash) { h.Add("a", "b", "cd") },
		"other label": func(h *Hash) { h.Add("ab", "c", "d") },
		"two labels":  func(h *Hash) { h.Add("a", "bc"); h.Add("d") },
		"map":         func(h *Hash) { h.AddMap("a", map[string]string{"x": "1", "y": "2"}) },
		"other map":   func(h *Hash) { h.AddMap("a", map[string]string{"x": "2", "y": "1"}) },
	} {
		h := NewHash()
		add(h)
		if other, ok := seen[h.Key()]; ok {
			t.Errorf("%s and %s have the same key", name, other)
		}
		seen[h.Key()] = name
	}
	if k, ok := ParseKey(keyOf("x").String()); !ok || k != keyOf("x") {
		t.Error("a key does not survive its text")
	}
	for _, bad := range []string{"", "lock-" + keyOf("x").String(), strings.ToUpper(keyOf("x").String()), "zz"} {
		if _, ok := ParseKey(bad); ok {
			t.Errorf("%q is taken for a key", bad)
		}
	}
}
