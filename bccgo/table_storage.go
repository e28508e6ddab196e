package bccgo

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/layout"
	"github.com/bccgo/bcc/bccgo/internal/sysbpf"
)

// StorageTable has a value for each socket (BPF_SK_STORAGE), file
// (BPF_INODE_STORAGE) or task (BPF_TASK_STORAGE) that was given one. The value is
// part of the thing, and ends with it. Sockets need Linux 5.2, files 5.10, tasks
// 5.11.
type StorageTable[V any] struct {
	table *Table
	err   error
}

// Storage opens such a table with a Go type for its values, which is checked as
// Map checks types. An error is returned by every method.
func Storage[V any](m *Module, name string) *StorageTable[V] {
	t, err := m.table(name)
	if err == nil {
		switch t.Kind() {
		case ebpf.SkStorage, ebpf.InodeStorage, ebpf.TaskStorage:
			err = checkType[V](t.value, t.spec.ValueSize, "value of table", name)
		default:
			err = t.kindError("open storage", "storage of sockets, files or tasks (BPF_SK_STORAGE, BPF_INODE_STORAGE, BPF_TASK_STORAGE)")
		}
	}
	return &StorageTable[V]{table: t, err: err}
}

// Err is the reason the table cannot be used, nil if it can.
func (s *StorageTable[V]) Err() error {
	if s == nil {
		return errNoTable
	}
	return s.err
}

// Lookup returns the value of what a descriptor stands for: a socket, a file, or
// a task by its pidfd (pidfd_open(2)). It is ErrKeyNotExist if that has none.
func (s *StorageTable[V]) Lookup(fd int) (V, error) {
	var v V
	if err := s.Err(); err != nil {
		return v, err
	}
	key := uint32(fd)
	err := s.table.lookupElem(layout.Bytes(&key), layout.Bytes(&v))
	return v, s.explain(fd, err)
}

// Update sets the value of what a descriptor stands for.
func (s *StorageTable[V]) Update(fd int, value V) error {
	if err := s.Err(); err != nil {
		return err
	}
	key := uint32(fd)
	return s.explain(fd, s.table.updateElem(layout.Bytes(&key), layout.Bytes(&value), sysbpf.Any))
}

// Delete removes the value; ErrKeyNotExist if there is none.
func (s *StorageTable[V]) Delete(fd int) error {
	if err := s.Err(); err != nil {
		return err
	}
	key := uint32(fd)
	return s.explain(fd, s.table.deleteElem(layout.Bytes(&key)))
}

// LookupOf is Lookup of a connection or an open file.
func (s *StorageTable[V]) LookupOf(c syscall.Conn) (v V, err error) {
	if err := s.Err(); err != nil {
		return v, err
	}
	err = withFD(c, func(fd uint32) (err error) { v, err = s.Lookup(int(fd)); return err })
	return v, err
}

// UpdateOf is Update of a connection or an open file.
func (s *StorageTable[V]) UpdateOf(c syscall.Conn, value V) error {
	if err := s.Err(); err != nil {
		return err
	}
	return withFD(c, func(fd uint32) error { return s.Update(int(fd), value) })
}

// LookupPID is Lookup of a process in a BPF_TASK_STORAGE.
func (s *StorageTable[V]) LookupPID(pid int) (v V, err error) {
	err = s.withPID(pid, func(fd int) (err error) { v, err = s.Lookup(fd); return err })
	return v, err
}

// UpdatePID is Update of a process in a BPF_TASK_STORAGE.
func (s *StorageTable[V]) UpdatePID(pid int, value V) error {
	return s.withPID(pid, func(fd int) error { return s.Update(fd, value) })
}

// DeletePID is Delete of a process in a BPF_TASK_STORAGE.
func (s *StorageTable[V]) DeletePID(pid int) error {
	return s.withPID(pid, s.Delete)
}

// withPID opens a process.
func (s *StorageTable[V]) withPID(pid int, call func(fd int) error) error {
	if err := s.Err(); err != nil {
		return err
	}
	if s.table.Kind() != ebpf.TaskStorage {
		return s.table.kindError("use storage of a process", "storage of tasks (BPF_TASK_STORAGE)")
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return fmt.Errorf("table %s: open process %d: %w", s.table.Name(), pid, err)
	}
	defer unix.Close(fd)
	return call(fd)
}

func (s *StorageTable[V]) explain(fd int, err error) error {
	if errors.Is(err, unix.EBADF) || errors.Is(err, unix.ENOTSOCK) {
		return fmt.Errorf("table %s: descriptor %d is not of what the table (%s) has values for: %w",
			s.table.Name(), fd, s.table.Kind(), err)
	}
	return s.table.fail(err)
}
