package bccgo

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/sysbpf"
)

// CgroupTable is a table of control groups (BPF_CGROUP_ARRAY). In C,
// table.check_current_task(index) is 1 if the current task is in that group or
// one below, 0 if it is not, and negative if the table has none there. Groups
// are those of version 2, and stay as long as they are in the table, even if
// they are removed. It needs Linux 4.8, and check_current_task in tracing
// programs 4.9.
type CgroupTable struct {
	table *Table
	err   error
}

// CgroupArray opens a table of control groups. An error is returned by every
// method.
func CgroupArray(m *Module, name string) *CgroupTable {
	t, err := m.table(name)
	if err == nil && t.Kind() != ebpf.CGroupArray {
		err = t.kindError("open table of control groups", "a table of control groups (BPF_CGROUP_ARRAY)")
	}
	return &CgroupTable{table: t, err: err}
}

// Err is the reason the table cannot be used, nil if it can.
func (c *CgroupTable) Err() error {
	if c == nil {
		return errNoTable
	}
	return c.err
}

// Set puts a control group, by the path of its directory, at an index.
func (c *CgroupTable) Set(index uint32, path string) error {
	if err := c.Err(); err != nil {
		return err
	}
	dir, err := os.OpenFile(path, unix.O_DIRECTORY, 0)
	if err != nil {
		return fmt.Errorf("set %s[%d]: open control group: %w", c.table.Name(), index, err)
	}
	defer dir.Close()
	if err := c.SetFD(index, int(dir.Fd())); err != nil {
		return fmt.Errorf("%w (%s)", err, path)
	}
	return nil
}

// SetFD is Set of a group whose directory is open. The descriptor may be closed
// afterwards.
func (c *CgroupTable) SetFD(index uint32, fd int) error {
	if err := c.Err(); err != nil {
		return err
	}
	value := binary.NativeEndian.AppendUint32(nil, uint32(fd))
	err := c.table.updateElem(binary.NativeEndian.AppendUint32(nil, index), value, sysbpf.Any)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.E2BIG):
		err = fmt.Errorf("the table ends at index %d: %w", c.table.MaxEntries()-1, ErrKeyNotExist)
	case errors.Is(err, unix.EBADF), errors.Is(err, unix.EINVAL):
		err = fmt.Errorf("the descriptor is not of a directory of a control group (version 2, mount -t cgroup2): %w", err)
	}
	return fmt.Errorf("set %s[%d]: %w", c.table.Name(), index, err)
}

// Delete empties an index. It is ErrKeyNotExist if no group is there.
func (c *CgroupTable) Delete(index uint32) error {
	if err := c.Err(); err != nil {
		return err
	}
	return c.table.fail(c.table.deleteElem(binary.NativeEndian.AppendUint32(nil, index)))
}

// Clear empties all of the table.
func (c *CgroupTable) Clear() error {
	if err := c.Err(); err != nil {
		return err
	}
	return c.table.Clear()
}
