package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"slices"
)

// Key names a compile by all that its result depends on.
type Key [sha256.Size]byte

// String is the key in hex, which is also its file's name.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// ParseKey reads what String gives.
func ParseKey(s string) (k Key, ok bool) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(k) || hex.EncodeToString(b) != s {
		return k, false
	}
	copy(k[:], b)
	return k, true
}

// Hash makes a Key of labelled parts. Lengths go in with the parts, so no two
// sequences of parts look the same.
type Hash struct{ sum hash.Hash }

// NewHash returns a Hash of nothing yet.
func NewHash() *Hash { return &Hash{sha256.New()} }

// Add adds parts under a label.
func (h *Hash) Add(label string, parts ...string) {
	h.add(label)
	h.count(len(parts))
	for _, p := range parts {
		h.add(p)
	}
}

// AddMap adds named parts in the order of their names.
func (h *Hash) AddMap(label string, parts map[string]string) {
	names := make([]string, 0, len(parts))
	for name := range parts {
		names = append(names, name)
	}
	slices.Sort(names)
	flat := make([]string, 0, 2*len(names))
	for _, name := range names {
		flat = append(flat, name, parts[name])
	}
	h.Add(label, flat...)
}

// Key returns the key of what was added.
func (h *Hash) Key() (k Key) {
	h.sum.Sum(k[:0])
	return k
}

func (h *Hash) add(s string) {
	h.count(len(s))
	h.sum.Write([]byte(s))
}

func (h *Hash) count(n int) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(n))
	h.sum.Write(b[:])
}
