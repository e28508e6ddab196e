package bccgo

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"syscall"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/layout"
	"github.com/bccgo/bcc/bccgo/internal/sysbpf"
)

// references is a table whose values are references to things in the kernel: network
// devices, processors, sockets, tables. User space puts them there by index,
// number or descriptor.
type references[K any] struct {
	table *Table
	err   error
}

// openReferences opens a table that is of one of the kinds.
func openReferences[K any](m *Module, name, want string, kinds ...ebpf.MapType) references[K] {
	t, err := m.table(name)
	if err == nil && !slices.Contains(kinds, t.Kind()) {
		err = t.kindError("open table of "+want, "a table of "+want)
	}
	if err == nil {
		err = checkType[K](t.key, t.spec.KeySize, "key of table", name)
	}
	return references[K]{table: t, err: err}
}

// put sets the value of a key to a 32-bit number.
func (s *references[K]) put(key K, value uint32) error {
	if s.err != nil {
		return s.err
	}
	err := s.table.updateElem(layout.Bytes(&key), layout.Bytes(&value), sysbpf.Any)
	return s.explain(key, err)
}

// get reads such a value.
func (s *references[K]) get(key K) (value uint32, err error) {
	if s.err != nil {
		return 0, s.err
	}
	err = s.table.lookupElem(layout.Bytes(&key), layout.Bytes(&value))
	return value, s.table.fail(err)
}

func (s *references[K]) remove(key K) error {
	if s.err != nil {
		return s.err
	}
	err := s.table.deleteElem(layout.Bytes(&key))
	if errors.Is(err, unix.EINVAL) { // an empty place, to tables of sockets
		err = errors.Join(ErrKeyNotExist, err)
	}
	return s.table.fail(err)
}

// clear removes everything. Places that were never filled are no error.
func (s *references[K]) clear() error {
	keys, err := s.keys()
	if err != nil {
		return err
	}
	for _, k := range keys {
		if err := s.remove(k); err != nil && !errors.Is(err, ErrKeyNotExist) {
			return err
		}
	}
	return nil
}

// keys are those that the kernel lists; of an array, that is every index.
func (s *references[K]) keys() ([]K, error) {
	if s.err != nil {
		return nil, s.err
	}
	all, err := s.table.allKeys()
	if err != nil {
		return nil, s.table.fail(err)
	}
	keys := make([]K, len(all))
	for i, b := range all {
		copy(layout.Bytes(&keys[i]), b)
	}
	return keys, nil
}

// explain names the place in an error of put.
func (s *references[K]) explain(key K, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.E2BIG) && reflect.TypeFor[K]().Size() == 4 && s.table.isIndexed():
		err = fmt.Errorf("the table ends at index %d: %w", s.table.MaxEntries()-1, ErrKeyNotExist)
	case errors.Is(err, unix.E2BIG):
		err = &FullError{Table: s.table.Name(), MaxEntries: s.table.MaxEntries(), Err: err}
	}
	return fmt.Errorf("set %s[%v]: %w", s.table.Name(), key, err)
}

// isIndexed reports whether the table's keys are the numbers from 0 on.
func (t *Table) isIndexed() bool {
	switch t.Kind() {
	case ebpf.DevMap, ebpf.CPUMap, ebpf.XSKMap, ebpf.SockMap, ebpf.ArrayOfMaps:
		return true
	}
	return t.IsArray()
}

// withFD calls a function with the descriptor of a connection, listener or file.
func withFD(c syscall.Conn, call func(fd uint32) error) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return fmt.Errorf("get the descriptor: %w", err)
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = call(uint32(fd)) }); err != nil {
		return fmt.Errorf("get the descriptor: %w", err)
	}
	return failed
}
