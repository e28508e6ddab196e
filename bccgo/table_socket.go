package bccgo

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// SocketTable is a table of sockets, by index (BPF_SOCKMAP) or by keys of any
// type (BPF_SOCKHASH), for programs that hand data from socket to socket. A
// socket that is closed leaves the table. It needs Linux 4.14, and 4.18 for
// hashes. In the table, a socket's data may take another path: see bpf(2) for
// which sockets are allowed.
type SocketTable[K any] struct{ refs references[K] }

// SockMap opens a table of sockets with a Go type for its keys, uint32 for a
// BPF_SOCKMAP. An error, which may be a *LayoutError, is returned by every
// method.
func SockMap[K any](m *Module, name string) *SocketTable[K] {
	return &SocketTable[K]{openReferences[K](m, name, "sockets (BPF_SOCKMAP, BPF_SOCKHASH)", ebpf.SockMap, ebpf.SockHash)}
}

// Err is the reason the table cannot be used, nil if it can.
func (s *SocketTable[K]) Err() error {
	if s == nil {
		return errNoTable
	}
	return s.refs.err
}

// Set puts a connection or listener (of TCP since the beginning, of UDP since
// Linux 5.7, UNIX 5.15) at a key. A table without room gives a *FullError.
func (s *SocketTable[K]) Set(key K, c syscall.Conn) error {
	if err := s.Err(); err != nil {
		return err
	}
	return withFD(c, func(fd uint32) error { return s.SetFD(key, int(fd)) })
}

// SetFD is Set of a socket by its descriptor, which may be closed afterwards only
// if the socket stays open elsewhere.
func (s *SocketTable[K]) SetFD(key K, fd int) error {
	if err := s.Err(); err != nil {
		return err
	}
	err := s.refs.put(key, uint32(fd))
	switch {
	case errors.Is(err, unix.EOPNOTSUPP):
		return fmt.Errorf("%w: the socket is of another kind, or in a state (not connected, not listening) that is not allowed", err)
	case errors.Is(err, unix.ENOTSOCK), errors.Is(err, unix.EBADF), errors.Is(err, unix.EINVAL):
		return fmt.Errorf("%w: descriptor %d is not of a socket", err, fd)
	}
	return err
}

// Delete takes a socket out; ErrKeyNotExist if there is none.
func (s *SocketTable[K]) Delete(key K) error {
	if err := s.Err(); err != nil {
		return err
	}
	return s.refs.remove(key)
}

// Keys lists the keys of a BPF_SOCKHASH; of a BPF_SOCKMAP it lists all indexes,
// filled or not.
func (s *SocketTable[K]) Keys() ([]K, error) {
	if err := s.Err(); err != nil {
		return nil, err
	}
	return s.refs.keys()
}

// Clear takes all sockets out.
func (s *SocketTable[K]) Clear() error {
	if err := s.Err(); err != nil {
		return err
	}
	return s.refs.clear()
}
