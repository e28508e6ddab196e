package bccgo

import (
	"errors"
	"fmt"
	"io"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/netdev"
)

// deviceXDP is a program that a device has without a link.
type deviceXDP struct {
	conn    *netdev.Conn
	index   int
	mode    XDPFlags
	program *ebpf.Program
}

// setXDP attaches without a link, for kernels before 5.9. It takes over the
// connection.
func setXDP(conn *netdev.Conn, d *netdev.Device, p *ebpf.Program, flags XDPFlags) (io.Closer, error) {
	mode := flags & xdpModes
	err := conn.SetXDP(d.Index, p.FD(), uint32(mode|XDPFlagsUpdateIfNoExist), netdev.NoProgram)
	if err != nil {
		conn.Close()
		return nil, explainXDP(d, flags, err)
	}
	return &deviceXDP{conn, d.Index, mode, p}, nil
}

// Close takes the program off, unless the device is gone or has another one.
func (x *deviceXDP) Close() error {
	defer x.conn.Close()
	err := x.conn.SetXDP(x.index, netdev.NoProgram, uint32(x.mode|XDPFlagsReplace), x.program.FD())
	if errors.Is(err, unix.EINVAL) { // Linux before 5.7 cannot compare
		err = x.conn.SetXDP(x.index, netdev.NoProgram, uint32(x.mode), netdev.NoProgram)
	}
	if gone(err) || errors.Is(err, unix.EEXIST) {
		return nil
	}
	return err
}

// RemoveXDP takes the XDP program off a network device: the module's own, or
// else one that a process has left there without a link, as Python BCC does. For
// the latter flags say the mode it was attached by. If there is none, the error
// is a *NotAttachedError; if a link of another process holds it, a *BusyError.
func (m *Module) RemoveXDP(device string, flags XDPFlags) error {
	err := m.detach(xdpHook, device, "", device)
	var none *NotAttachedError
	if !errors.As(err, &none) {
		return err
	}
	conn, d, err := findDevice(device)
	if err != nil {
		return fmt.Errorf("remove XDP program: %w", err)
	}
	defer conn.Close()
	if !d.XDP {
		return none
	}
	if err := conn.SetXDP(d.Index, netdev.NoProgram, uint32(flags&xdpModes), netdev.NoProgram); err != nil {
		return fmt.Errorf("remove XDP program of %s: %w", device, explainXDP(d, XDPFlagsReplace, err))
	}
	return nil
}
