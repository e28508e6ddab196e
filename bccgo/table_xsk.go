package bccgo

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// XSKTable is a table of AF_XDP sockets (BPF_XSKMAP), by the number of a queue of
// the network device: in an XDP function, table.redirect_map(ctx->rx_queue_index,
// flags) hands the packet to the socket, and table.lookup tells if there is one.
// A socket that is closed leaves the table. It needs Linux 4.18, and lookup 5.3.
type XSKTable struct{ refs references[uint32] }

// XSKMap opens a table of AF_XDP sockets. An error is returned by every method.
func XSKMap(m *Module, name string) *XSKTable {
	return &XSKTable{openReferences[uint32](m, name, "AF_XDP sockets (BPF_XSKMAP)", ebpf.XSKMap)}
}

// Err is the reason the table cannot be used, nil if it can.
func (x *XSKTable) Err() error {
	if x == nil {
		return errNoTable
	}
	return x.refs.err
}

// SetFD puts a socket, by its descriptor, at the number of a queue. It must have
// its memory and rings.
func (x *XSKTable) SetFD(queue uint32, fd int) error {
	if err := x.Err(); err != nil {
		return err
	}
	err := x.refs.put(queue, uint32(fd))
	switch {
	case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.ENOTSOCK):
		return fmt.Errorf("%w: descriptor %d is not of an AF_XDP socket with memory and rings", err, fd)
	case errors.Is(err, unix.EBADF):
		return fmt.Errorf("%w: descriptor %d is not open", err, fd)
	}
	return err
}

// Delete takes the socket of a queue out.
func (x *XSKTable) Delete(queue uint32) error {
	if err := x.Err(); err != nil {
		return err
	}
	return x.refs.remove(queue)
}

// Clear takes all sockets out.
func (x *XSKTable) Clear() error {
	if err := x.Err(); err != nil {
		return err
	}
	return x.refs.clear()
}
