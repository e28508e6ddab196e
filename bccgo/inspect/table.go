package inspect

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"

	"github.com/bccgo/bcc/bccgo"
)

// Table is a map of the kernel's.
type Table struct {
	ID   uint32 `json:"id"`
	Type string `json:"type"`
	// Name is shortened to 15 bytes.
	Name string `json:"name,omitempty"`
	// KeySize and ValueSize are in bytes.
	KeySize    uint32 `json:"key_size"`
	ValueSize  uint32 `json:"value_size"`
	MaxEntries uint32 `json:"max_entries"`
	Flags      uint32 `json:"flags"`
	// Types is the number of the BTF object that has the types of its keys and
	// values, 0 for none.
	Types uint32 `json:"types,omitempty"`
	// Memory is in bytes, estimated by kernels before 6.4.
	Memory uint64 `json:"memory"`
	// Frozen tables cannot be changed from outside of programs.
	Frozen bool `json:"frozen,omitempty"`
}

// Tables lists all tables by their numbers.
func Tables() ([]Table, error) {
	var all []Table
	err := each("table", nextMap, openTable, func(id uint32, m *ebpf.Map) error {
		one, err := tableOf(id, m)
		all = append(all, one)
		return err
	})
	return all, err
}

// TableByID finds one. Errors are *NotFoundError.
func TableByID(id uint32) (Table, error) {
	if err := bccgo.CheckPrivilege(); err != nil {
		return Table{}, fmt.Errorf("open table %d: %w", id, err)
	}
	m, err := open("table", id, func() (*ebpf.Map, error) { return openTable(id) })
	if err != nil {
		return Table{}, err
	}
	one, err := tableOf(id, m)
	return one, errors.Join(err, m.Close())
}

func openTable(id uint32) (*ebpf.Map, error) { return ebpf.NewMapFromID(ebpf.MapID(id)) }

func tableOf(id uint32, m *ebpf.Map) (Table, error) {
	info, err := m.Info()
	if err != nil {
		return Table{}, fmt.Errorf("ask about table %d: %w", id, err)
	}
	one := Table{ID: id, Type: info.Type.String(), Name: info.Name, KeySize: info.KeySize, ValueSize: info.ValueSize,
		MaxEntries: info.MaxEntries, Flags: info.Flags, Frozen: info.Frozen()}
	types, _ := info.BTFID()
	one.Types = uint32(types)
	one.Memory, _ = info.Memlock()
	return one, nil
}
