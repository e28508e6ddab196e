package lab

import (
	"encoding/binary"
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// EtherType is one for private use (IEEE 802): nothing else sends its frames.
const EtherType = 0x88b5

// AllTypes makes Tap deliver frames of every type, those that leave as well.
const AllTypes = unix.ETH_P_ALL

// Tap is a socket for whole Ethernet frames at a device.
type Tap struct {
	*os.File
	t *testing.T
}

// Tap opens a tap at a device of the namespace, for the frames of one type that
// the network stack is given, or for AllTypes.
func (n *Net) Tap(device string, etherType uint16) *Tap {
	n.t.Helper()
	tap := &Tap{t: n.t}
	n.Do(func() error {
		i, err := net.InterfaceByName(device)
		if err != nil {
			return err
		}
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		tap.File = os.NewFile(uintptr(fd), "tap of "+device)
		var inOrder [2]byte
		binary.BigEndian.PutUint16(inOrder[:], etherType)
		return unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: binary.NativeEndian.Uint16(inOrder[:]), Ifindex: i.Index})
	})
	n.t.Cleanup(func() { tap.Close() })
	return tap
}

// Send sends frames.
func (tap *Tap) Send(frames ...[]byte) {
	tap.t.Helper()
	for _, f := range frames {
		if _, err := tap.Write(f); err != nil {
			tap.t.Fatal(err)
		}
	}
}

// Frames waits for n frames, and a while for one more, and returns all.
func (tap *Tap) Frames(n int) (frames [][]byte) {
	tap.t.Helper()
	for {
		wait := 5 * time.Second
		if len(frames) >= n {
			wait = 100 * time.Millisecond
		}
		if err := tap.SetReadDeadline(time.Now().Add(wait)); err != nil {
			tap.t.Fatal(err)
		}
		b := make([]byte, 2048)
		got, err := tap.Read(b)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return frames
		}
		if err != nil {
			tap.t.Fatal(err)
		}
		frames = append(frames, b[:got])
	}
}

// Frame makes a frame of the private type from the host i to the host j, tagged
// with VLANs if there are any, with a text of up to 46 bytes in it.
func Frame(i, j byte, text string, vlans ...uint16) []byte {
	f := []byte{2, 0, 0, 0, 0, j, 2, 0, 0, 0, 0, i}
	for _, v := range vlans {
		f = binary.BigEndian.AppendUint16(f, 0x8100)
		f = binary.BigEndian.AppendUint16(f, v)
	}
	f = binary.BigEndian.AppendUint16(f, EtherType)
	return append(append(f, text...), make([]byte, 46-len(text))...)
}
