package bccgo

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// ownNetwork gives this test's thread a network of its own, with lo up.
func ownNetwork(t *testing.T) {
	t.Helper()
	testenv.NeedProgram(t, "ip")
	// Never unlocked: the thread ends with the test, and its network with it.
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Fatalf("unshare the network namespace: %v", err)
	}
	ipCommand(t, "link set lo up")
}

// ownDevices is ownNetwork with the pair of devices near and far.
func ownDevices(t *testing.T) {
	t.Helper()
	ownNetwork(t)
	ipCommand(t, "link add near type veth peer name far")
	ipCommand(t, "link set near up")
	ipCommand(t, "link set far up")
}

// ipCommand runs ip(8) in the network of the calling thread.
func ipCommand(t *testing.T, args string) string {
	t.Helper()
	return output(t, "ip", args)
}

func output(t *testing.T, program, args string) string {
	t.Helper()
	out, err := exec.Command(program, strings.Fields(args)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", program, args, err, out)
	}
	return string(out)
}

// etherTest is a type of Ethernet frames that nothing else sends.
const etherTest = 0x88b5

// sendFrames sends n frames of a size from near, which arrive at far.
func sendFrames(t *testing.T, n, size int) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	near, far := device(t, "near"), device(t, "far")
	frame := make([]byte, size)
	copy(frame, far.HardwareAddr)
	copy(frame[6:], near.HardwareAddr)
	frame[12], frame[13] = etherTest>>8, etherTest&0xff
	for range n {
		if err := unix.Sendto(fd, frame, 0, &unix.SockaddrLinklayer{Ifindex: near.Index, Halen: 6}); err != nil {
			t.Fatal(err)
		}
	}
}

func device(t *testing.T, name string) *net.Interface {
	t.Helper()
	ifi, err := net.InterfaceByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return ifi
}

// arrivals opens a socket that gets the frames of sendFrames at far.
func arrivals(t *testing.T) *os.File {
	t.Helper()
	protocol := bigEndian16(etherTest)
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_NONBLOCK, int(protocol))
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), "arrivals")
	t.Cleanup(func() { f.Close() })
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: protocol, Ifindex: device(t, "far").Index}); err != nil {
		t.Fatal(err)
	}
	return f
}

// arrived counts the packets that a socket has got; the last may take a moment.
func arrived(t *testing.T, f *os.File) (n int) {
	t.Helper()
	packet := make([]byte, 64<<10)
	for {
		if err := f.SetReadDeadline(time.Now().Add(40 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Read(packet); errors.Is(err, os.ErrDeadlineExceeded) {
			return n
		} else if err != nil {
			t.Fatal(err)
		}
		n++
	}
}

// attachFails checks why an attach was refused.
func attachFails(t *testing.T, err error, reason AttachReason, text string) {
	t.Helper()
	var refused *AttachError
	if !errors.As(err, &refused) || refused.Reason() != reason || !strings.Contains(err.Error(), text) {
		t.Errorf("%v, want one for reason %q with %q", err, reason, text)
	}
}
