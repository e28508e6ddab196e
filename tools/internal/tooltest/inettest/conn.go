package inettest

import (
	"errors"
	"fmt"
	"io"
	"net/netip"

	"golang.org/x/sys/unix"
)

// Listener is a listening socket.
type Listener struct {
	n  *Net
	fd int
	// Addr is where it listens.
	Addr netip.AddrPort
}

// Conn is one end of a connection.
type Conn struct {
	n  *Net
	fd int
	// Local and Remote are the addresses; those of IPv4 in a socket of IPv6 are
	// those of IPv4.
	Local, Remote netip.AddrPort
}

// Listen listens on an address; port 0 is any.
func (n *Net) Listen(addr netip.AddrPort) *Listener {
	n.t.Helper()
	return n.ListenFor(addr, 16)
}

// ListenFor is Listen with a queue of one connection more than backlog.
func (n *Net) ListenFor(addr netip.AddrPort, backlog int) *Listener {
	n.t.Helper()
	l := &Listener{n: n}
	n.Do("listen on "+addr.String(), func() (err error) {
		if l.fd, err = socket(addr.Addr()); err != nil {
			return err
		}
		if err = unix.Bind(l.fd, sockaddr(addr)); err != nil {
			return err
		}
		if err = unix.Listen(l.fd, backlog); err != nil {
			return err
		}
		l.Addr, err = nameOf(l.fd, unix.Getsockname)
		return err
	})
	n.t.Cleanup(func() { unix.Close(l.fd) })
	return l
}

// Connect connects to an address.
func (n *Net) Connect(to netip.AddrPort) *Conn {
	n.t.Helper()
	c, err := n.TryConnect(to.Addr(), to)
	if err != nil {
		n.t.Fatalf("connect to %v: %v", to, err)
	}
	return c
}

// ConnectMapped connects to an address of IPv4 from a socket of IPv6.
func (n *Net) ConnectMapped(to netip.AddrPort) *Conn {
	n.t.Helper()
	mapped := netip.AddrPortFrom(netip.AddrFrom16(to.Addr().As16()), to.Port())
	c, err := n.TryConnect(mapped.Addr(), mapped)
	if err != nil {
		n.t.Fatalf("connect to %v: %v", to, err)
	}
	return c
}

// TryConnect connects from an address to another and returns the error, and the
// connection with the port it had been given for it, if any.
func (n *Net) TryConnect(from netip.Addr, to netip.AddrPort) (*Conn, error) {
	n.t.Helper()
	c := &Conn{n: n, Remote: unmap(to)}
	var refused error
	n.Do("bind", func() (err error) {
		if c.fd, err = socket(to.Addr()); err != nil {
			return err
		}
		if err = unix.Bind(c.fd, sockaddr(netip.AddrPortFrom(from, 0))); err != nil {
			return err
		}
		if c.Local, err = nameOf(c.fd, unix.Getsockname); err != nil {
			return err
		}
		refused = unix.Connect(c.fd, sockaddr(to))
		return nil
	})
	n.t.Cleanup(func() { c.close() })
	return c, refused
}

// Abandon begins to connect to an address that does not answer, and gives up at
// once.
func (n *Net) Abandon(to netip.AddrPort) {
	n.t.Helper()
	n.Do("abandon", func() error {
		fd, err := socket(to.Addr())
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		if err := unix.SetNonblock(fd, true); err != nil {
			return err
		}
		if err := unix.Connect(fd, sockaddr(to)); !errors.Is(err, unix.EINPROGRESS) {
			return fmt.Errorf("connect: %w", err)
		}
		return nil
	})
}

// Accept accepts a connection.
func (l *Listener) Accept() *Conn {
	l.n.t.Helper()
	return l.AcceptBy(l.n)
}

// AcceptBy accepts a connection on another thread.
func (l *Listener) AcceptBy(n *Net) *Conn {
	n.t.Helper()
	c := &Conn{n: n}
	n.Do("accept", func() (err error) {
		if c.fd, _, err = unix.Accept4(l.fd, unix.SOCK_CLOEXEC); err != nil {
			return err
		}
		if c.Local, err = nameOf(c.fd, unix.Getsockname); err != nil {
			return err
		}
		c.Remote, err = nameOf(c.fd, unix.Getpeername)
		return err
	})
	n.t.Cleanup(func() { c.close() })
	return c
}

// Write sends so many bytes.
func (c *Conn) Write(size int) {
	c.n.t.Helper()
	c.n.Do("write", func() error {
		n, err := unix.Write(c.fd, make([]byte, size))
		if err == nil && n != size {
			err = fmt.Errorf("%d of %d bytes", n, size)
		}
		return err
	})
}

// Read waits for so many bytes.
func (c *Conn) Read(size int) {
	c.n.t.Helper()
	c.n.Do("read", func() error {
		buf := make([]byte, size)
		for size > 0 {
			n, err := unix.Read(c.fd, buf[:size])
			if err != nil {
				return err
			}
			if n == 0 {
				return io.ErrUnexpectedEOF
			}
			size -= n
		}
		return nil
	})
}

// Close closes the connection.
func (c *Conn) Close() {
	c.n.t.Helper()
	c.n.Do("close", c.close)
}

// Reset closes the connection at once, and the other end with it.
func (c *Conn) Reset() {
	c.n.t.Helper()
	c.n.Do("reset", func() error {
		linger := unix.Linger{Onoff: 1}
		return errors.Join(unix.SetsockoptLinger(c.fd, unix.SOL_SOCKET, unix.SO_LINGER, &linger), c.close())
	})
}

func (c *Conn) close() error {
	if c.fd < 0 {
		return nil
	}
	err := unix.Close(c.fd)
	c.fd = -1
	return err
}

func socket(addr netip.Addr) (int, error) {
	family := unix.AF_INET6
	if addr.Is4() {
		family = unix.AF_INET
	}
	return unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
}

func sockaddr(addr netip.AddrPort) unix.Sockaddr {
	if addr.Addr().Is4() {
		return &unix.SockaddrInet4{Addr: addr.Addr().As4(), Port: int(addr.Port())}
	}
	return &unix.SockaddrInet6{Addr: addr.Addr().As16(), Port: int(addr.Port())}
}

func nameOf(fd int, get func(int) (unix.Sockaddr, error)) (netip.AddrPort, error) {
	sa, err := get(fd)
	if err != nil {
		return netip.AddrPort{}, err
	}
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port)), nil
	case *unix.SockaddrInet6:
		return unmap(netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), uint16(sa.Port))), nil
	}
	return netip.AddrPort{}, fmt.Errorf("a socket of type %T", sa)
}

func unmap(addr netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
}

// Churn makes connections to a listener of the same thread, one after the other, and
// ends each at once, the client first.
func (l *Listener) Churn(times int) {
	l.n.t.Helper()
	l.n.Do("churn", func() error {
		for range times {
			if err := l.once(); err != nil {
				return err
			}
		}
		return nil
	})
}

func (l *Listener) once() error {
	client, err := socket(l.Addr.Addr())
	if err != nil {
		return err
	}
	if err := unix.Connect(client, sockaddr(l.Addr)); err != nil {
		return errors.Join(err, unix.Close(client))
	}
	server, _, err := unix.Accept4(l.fd, unix.SOCK_CLOEXEC)
	if err != nil {
		return errors.Join(err, unix.Close(client))
	}
	return errors.Join(unix.Close(client), unix.Close(server))
}
