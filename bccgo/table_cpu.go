package bccgo

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// CPUTable is a table of processors (BPF_CPUMAP), by their numbers: in an XDP
// function, table.redirect_map(cpu, flags) has that processor go on with the
// packet. It needs Linux 4.15.
type CPUTable struct{ refs references[uint32] }

// CPUMap opens a table of processors. An error is returned by every method.
func CPUMap(m *Module, name string) *CPUTable {
	return &CPUTable{openReferences[uint32](m, name, "processors (BPF_CPUMAP)", ebpf.CPUMap)}
}

// Err is the reason the table cannot be used, nil if it can.
func (c *CPUTable) Err() error {
	if c == nil {
		return errNoTable
	}
	return c.refs.err
}

// Set makes a processor available, with a queue of so many packets, up to 16384.
// The kernel runs a thread there for as long as it is in the table.
func (c *CPUTable) Set(cpu, queue uint32) error {
	if err := c.Err(); err != nil {
		return err
	}
	if queue == 0 {
		return fmt.Errorf("set %s[%d]: a queue of 0 packets takes the processor out: use Delete", c.refs.table.Name(), cpu)
	}
	err := c.refs.put(cpu, queue)
	switch {
	case errors.Is(err, unix.EOVERFLOW):
		return fmt.Errorf("%w: a queue holds up to 16384 packets", err)
	case errors.Is(err, unix.ENODEV):
		return fmt.Errorf("%w: the machine has no such processor", err)
	}
	return err
}

// Lookup returns the length of a processor's queue; ErrKeyNotExist if it has
// none.
func (c *CPUTable) Lookup(cpu uint32) (queue uint32, err error) {
	if err := c.Err(); err != nil {
		return 0, err
	}
	queue, err = c.refs.get(cpu)
	if err == nil && queue == 0 {
		return 0, c.refs.table.fail(ErrKeyNotExist)
	}
	return queue, err
}

// Delete takes a processor out.
func (c *CPUTable) Delete(cpu uint32) error {
	if err := c.Err(); err != nil {
		return err
	}
	return c.refs.remove(cpu)
}

// Clear takes all processors out.
func (c *CPUTable) Clear() error {
	if err := c.Err(); err != nil {
		return err
	}
	return c.refs.clear()
}
