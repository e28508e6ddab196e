package bccgo

import (
	"errors"
	"fmt"
	"net"
	"slices"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// DeviceTable is a table of network devices (BPF_DEVMAP): in an XDP function,
// table.redirect_map(index, flags) sends the packet out of the device there. A
// device that goes away leaves the table. It needs Linux 4.14, and its two
// lowest bits of flags, the verdict for an empty place, 5.3.
type DeviceTable struct{ refs references[uint32] }

// DevMap opens a table of network devices. An error is returned by every method.
func DevMap(m *Module, name string) *DeviceTable {
	return &DeviceTable{openReferences[uint32](m, name, "network devices (BPF_DEVMAP)", ebpf.DevMap, ebpf.DevMapHash)}
}

// Err is the reason the table cannot be used, nil if it can.
func (d *DeviceTable) Err() error {
	if d == nil {
		return errNoTable
	}
	return d.refs.err
}

// Set puts a device of this network namespace at an index. One that does not
// exist is an *UnknownError.
func (d *DeviceTable) Set(index uint32, device string) error {
	if err := d.Err(); err != nil {
		return err
	}
	found, err := net.InterfaceByName(device)
	if err != nil {
		return fmt.Errorf("set %s[%d]: %w", d.refs.table.Name(), index, noDevice(device, err))
	}
	return d.SetIndex(index, found.Index)
}

// SetIndex is Set of a device by its number.
func (d *DeviceTable) SetIndex(index uint32, device int) error {
	if err := d.Err(); err != nil {
		return err
	}
	err := d.refs.put(index, uint32(device))
	if errors.Is(err, unix.EINVAL) {
		return fmt.Errorf("%w: no device has number %d in this network namespace", err, device)
	}
	return err
}

// Lookup returns the number of the device at an index; ErrKeyNotExist if none is
// there.
func (d *DeviceTable) Lookup(index uint32) (int, error) {
	if err := d.Err(); err != nil {
		return 0, err
	}
	device, err := d.refs.get(index)
	return int(device), err
}

// Delete empties an index.
func (d *DeviceTable) Delete(index uint32) error {
	if err := d.Err(); err != nil {
		return err
	}
	return d.refs.remove(index)
}

// Clear empties all of the table.
func (d *DeviceTable) Clear() error {
	if err := d.Err(); err != nil {
		return err
	}
	return d.refs.clear()
}

// noDevice tells a device that is not there from other errors.
func noDevice(device string, err error) error {
	all, listing := net.Interfaces()
	if listing != nil || slices.ContainsFunc(all, func(i net.Interface) bool { return i.Name == device }) {
		return err
	}
	names := make([]string, len(all))
	for i, other := range all {
		names[i] = other.Name
	}
	return unknown("device", device, names)
}
