package bccgo

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"net/netip"

	"github.com/cilium/ebpf"

	"github.com/bccgo/bcc/bccgo/internal/layout"
	"github.com/bccgo/bcc/bccgo/internal/sysbpf"
)

// PrefixMap is a longest-prefix table (BPF_LPM_TRIE) whose keys are IP prefixes.
// All methods may be called from several goroutines; a nil PrefixMap returns
// errors.
type PrefixMap[V any] struct {
	typed *TypedMap[lpmKey, V]
	table *Table
	size  int // of addresses, in bytes: 4 or 16
}

// lpmKey only fills the place of a key type: keys are made by prefixKey.
type lpmKey struct{}

// LPM opens a longest-prefix table of IP prefixes. The C key must be a struct of
// a u32, the length of the prefix in bits, and an address in network byte order
// of 4 bytes (IPv4) or 16 (IPv6):
//
//	struct subnet {
//		u32 bits;
//		u32 address;
//	};
//	BPF_LPM_TRIE(subnets, struct subnet, u64, 1024);
//
// Other keys are opened by Map. It needs Linux 4.11, and walking over the table
// 4.16.
func LPM[V any](m *Module, name string) (*PrefixMap[V], error) {
	t, err := m.table(name)
	if err != nil {
		return nil, err
	}
	if t.Kind() != ebpf.LPMTrie {
		return nil, t.kindError("open table of prefixes", "a longest-prefix table (BPF_LPM_TRIE)")
	}
	size := int(t.spec.KeySize) - 4
	if size != 4 && size != 16 {
		return nil, t.misfit(keyPart, fmt.Errorf("the address of an IP prefix has 4 or 16 bytes, the key %s leaves %d for it", t.KeyType(), size))
	}
	if err := checkType[V](t.value, t.spec.ValueSize, "value of table", name); err != nil {
		return nil, err
	}
	return &PrefixMap[V]{typed: &TypedMap[lpmKey, V]{table: t}, table: t, size: size}, nil
}

func (m *PrefixMap[V]) tab() *Table {
	if m == nil {
		return nil
	}
	return m.table
}

// Table is the same table without Go types.
func (m *PrefixMap[V]) Table() *Table {
	if t := m.tab(); t != nil {
		return t
	}
	return &Table{err: errNoTable}
}

// key makes the C key of a prefix.
func (m *PrefixMap[V]) key(p netip.Prefix) ([]byte, error) {
	if err := m.tab().usable(); err != nil {
		return nil, err
	}
	if !p.IsValid() {
		return nil, m.table.misfit(keyPart, errors.New("the prefix is not valid"))
	}
	address := p.Masked().Addr().AsSlice()
	if len(address) != m.size {
		return nil, m.table.misfit(keyPart, fmt.Errorf("the prefix %s has an address of %d bytes, the table's have %d", p, len(address), m.size))
	}
	return append(binary.NativeEndian.AppendUint32(nil, uint32(p.Bits())), address...), nil
}

// Lookup returns the value of the longest prefix that contains the address;
// ErrKeyNotExist if none does.
func (m *PrefixMap[V]) Lookup(address netip.Addr) (V, error) {
	var v V
	key, err := m.key(netip.PrefixFrom(address, address.BitLen()))
	if err != nil {
		return v, err
	}
	err = m.table.lookupElem(key, layout.Bytes(&v))
	return v, m.table.fail(err)
}

// Update sets the value of a prefix, whether or not it is there. A table without
// room gives a *FullError.
func (m *PrefixMap[V]) Update(p netip.Prefix, value V) error {
	key, err := m.key(p)
	if err != nil {
		return err
	}
	return m.table.fail(m.table.updateElem(key, layout.Bytes(&value), sysbpf.Any))
}

// Delete removes exactly that prefix; ErrKeyNotExist if it is not there.
func (m *PrefixMap[V]) Delete(p netip.Prefix) error {
	key, err := m.key(p)
	if err != nil {
		return err
	}
	return m.table.fail(m.table.deleteElem(key))
}

// All walks over the prefixes, the more special ones before those that contain
// them, as Table.Entries does. Err tells afterwards whether the walk was
// complete.
func (m *PrefixMap[V]) All() iter.Seq2[netip.Prefix, V] {
	return func(yield func(netip.Prefix, V) bool) {
		if err := m.tab().usable(); err != nil {
			return // Err tells
		}
		var v V
		vb := layout.Bytes(&v)
		m.typed.setErr(walker{table: m.table, visit: func(key, value []byte) bool {
			copy(vb, value)
			return yield(prefixOf(key), v)
		}}.walk())
	}
}

// prefixOf reads the C key of a prefix.
func prefixOf(key []byte) netip.Prefix {
	address, _ := netip.AddrFromSlice(key[4:])
	return netip.PrefixFrom(address, int(binary.NativeEndian.Uint32(key)))
}

// Len counts the prefixes, as Table.Len does.
func (m *PrefixMap[V]) Len() (int, error) { return m.tab().Len() }

// Clear removes all prefixes, as Table.Clear does.
func (m *PrefixMap[V]) Clear() error { return m.tab().Clear() }

// Err is the error that ended the last walk early, nil if none did.
func (m *PrefixMap[V]) Err() error {
	if m == nil {
		return errNoTable
	}
	return m.typed.Err()
}
