package bccgo

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"

	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"
)

// RawSocket is a raw packet socket with a filter. It delivers the packets that
// the filter lets through, each with its Ethernet header.
type RawSocket struct {
	*os.File
	link *Link
}

// Close closes the socket, which ends the filter.
func (s *RawSocket) Close() error { return s.link.Close() }

// AttachRawSocket opens a raw packet socket bound to a network device ("" for
// all) and makes a function its filter. The function sees every packet in and
// out; its result is how many bytes of the packet to deliver, 0 for none.
// It needs CAP_NET_RAW.
func (m *Module) AttachRawSocket(device, function string) (*RawSocket, error) {
	fail := func(err error) (*RawSocket, error) {
		return nil, &AttachError{Hook: "socket filter", Target: device, Function: function, Err: err}
	}
	p, err := m.program(function, SocketFilter)
	if err != nil {
		return nil, err
	}
	f, err := openRawSocket(device)
	if err != nil {
		return fail(err)
	}
	if err := link.AttachSocketFilter(f, p); err != nil {
		return fail(errors.Join(err, f.Close()))
	}
	l, err := m.keep("socket filter", device, function, f)
	if err != nil {
		return nil, err
	}
	return &RawSocket{File: f, link: l}, nil
}

// AttachSocketFilter makes a function the filter of a socket of the caller's.
// Closing the link takes the filter off and leaves the socket open.
func (m *Module) AttachSocketFilter(conn syscall.Conn, function string) (*Link, error) {
	p, err := m.program(function, SocketFilter)
	if err != nil {
		return nil, err
	}
	if err := link.AttachSocketFilter(conn, p); err != nil {
		return nil, &AttachError{Hook: "socket filter", Target: "socket", Function: function, Err: err}
	}
	return m.keep("socket filter", "socket", function, closerFunc(func() error {
		return link.DetachSocketFilter(conn)
	}))
}

// closerFunc makes a function an io.Closer.
type closerFunc func() error

func (f closerFunc) Close() error { return f() }

func openRawSocket(device string) (*os.File, error) {
	protocol := bigEndian16(unix.ETH_P_ALL)
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, int(protocol))
	if err != nil {
		return nil, fmt.Errorf("open raw socket (needs CAP_NET_RAW): %w", err)
	}
	f := os.NewFile(uintptr(fd), "raw socket on "+device)
	if device == "" {
		return f, nil
	}
	ifi, err := net.InterfaceByName(device)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("find network device %s: %w", device, err), f.Close())
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: protocol, Ifindex: ifi.Index}); err != nil {
		return nil, errors.Join(fmt.Errorf("bind to network device %s: %w", device, err), f.Close())
	}
	return f, nil
}

// bigEndian16 is v with the bytes in network order, as a number of this host.
func bigEndian16(v uint16) uint16 {
	return binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, v))
}
