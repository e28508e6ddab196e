package bccgo

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// ip runs ip(8) in this thread's network namespace.
func ip(args ...string) error {
	out, err := exec.Command("ip", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip %q: %w\n%s", args, err, out)
	}
	return nil
}

// sockopt reads an option of a socket.
func sockopt(t *testing.T, fd, level, name int) int {
	t.Helper()
	value, err := unix.GetsockoptInt(fd, level, name)
	if err != nil {
		t.Errorf("option %d of level %d: %v", name, level, err)
	}
	return value
}

// inodeOf is the inode number of an open file.
func inodeOf(t *testing.T, fd int) uint64 {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		t.Error(err)
	}
	return st.Ino
}

// address takes an address apart. An IPv4 address takes the first four bytes.
func address(from unix.Sockaddr, err error) (host [16]byte, port uint16) {
	switch a := from.(type) {
	case *unix.SockaddrInet4:
		copy(host[:], a.Addr[:])
		port = uint16(a.Port)
	case *unix.SockaddrInet6:
		host, port = a.Addr, uint16(a.Port)
	}
	return host, port
}

// sockaddr puts an address together.
func sockaddr(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Addr: a.Addr().As4(), Port: int(a.Port())}
	}
	return &unix.SockaddrInet6{Addr: a.Addr().As16(), Port: int(a.Port())}
}

// family is that of an address.
func family(a netip.Addr) int {
	if a.Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}

// netNS is the number of this thread's network namespace.
func netNS() (uint32, error) {
	var st unix.Stat_t
	err := unix.Stat("/proc/thread-self/ns/net", &st)
	return uint32(st.Ino), err
}

// socketOn makes a socket bound to a free port of an address.
func socketOn(t *testing.T, kind int, a netip.Addr) int {
	t.Helper()
	fd, err := unix.Socket(family(a), kind|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		t.Cleanup(func() { unix.Close(fd) })
		err = unix.Bind(fd, sockaddr(netip.AddrPortFrom(a, 0)))
	}
	if err != nil {
		t.Errorf("open a socket on %v: %v", a, err)
	}
	return fd
}

// nativeOrder is an address as C code has it in a variable.
func nativeOrder(host []byte) uint32 { return binary.NativeEndian.Uint32(host) }

// eventually waits until something has happened.
func eventually(t *testing.T, what string, happened func() (bool, error)) {
	t.Helper()
	for deadline := time.Now().Add(testenv.Timeout(10 * time.Second)); ; time.Sleep(5 * time.Millisecond) {
		ok, err := happened()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not appear", what)
		}
	}
}
