package bccgo

import (
	"errors"
	"fmt"
	"io"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/netdev"
)

// XDPFlags say how an XDP program is attached; the kernel's XDP_FLAGS_….
type XDPFlags uint32

// Flags of AttachXDP. At most one of the three modes may be given; without, the
// driver runs the program if it can, else the kernel does before its network
// stack.
const (
	// XDPFlagsUpdateIfNoExist refuses to replace a program. That is the default;
	// the flag is there for what is ported from BCC.
	XDPFlagsUpdateIfNoExist XDPFlags = unix.XDP_FLAGS_UPDATE_IF_NOEXIST
	// XDPFlagsSKBMode asks for the kernel's own, generic place (Linux 4.12).
	XDPFlagsSKBMode XDPFlags = unix.XDP_FLAGS_SKB_MODE
	// XDPFlagsDrvMode asks for the driver's, native place.
	XDPFlagsDrvMode XDPFlags = unix.XDP_FLAGS_DRV_MODE
	// XDPFlagsHWMode has the network card run the program (Linux 4.13). Its tables
	// cannot be on this host then.
	XDPFlagsHWMode XDPFlags = unix.XDP_FLAGS_HW_MODE
	// XDPFlagsReplace takes the place of the program that is there.
	XDPFlagsReplace XDPFlags = unix.XDP_FLAGS_REPLACE

	xdpModes = XDPFlags(unix.XDP_FLAGS_MODES)
)

// XDPOptions refine AttachXDP. nil means none.
type XDPOptions struct {
	Flags XDPFlags
	// Frags says that the function can do with packets in several buffers, as with
	// a large MTU: data to data_end is the first buffer only, and
	// bpf_xdp_load_bytes reads all (Linux 5.18). In libbpf's terms it is an
	// xdp.frags program.
	Frags bool
}

func (o *XDPOptions) orDefault() XDPOptions {
	if o == nil {
		return XDPOptions{}
	}
	return *o
}

// check refuses flags that the kernel would.
func (o XDPOptions) check() error {
	mode := o.Flags & xdpModes
	switch {
	case o.Flags&^(xdpModes|XDPFlagsReplace|XDPFlagsUpdateIfNoExist) != 0:
		return fmt.Errorf("flags %#x: the kernel has no such flags of XDP", uint32(o.Flags))
	case mode&(mode-1) != 0:
		return fmt.Errorf("flags %#x: give one of the modes SKB, driver and hardware", uint32(o.Flags))
	case o.Flags&XDPFlagsReplace != 0 && o.Flags&XDPFlagsUpdateIfNoExist != 0:
		return fmt.Errorf("flags %#x: to replace a program and to refuse to are two things", uint32(o.Flags))
	}
	return nil
}

// AttachXDP runs a function, int f(struct xdp_md *ctx), on each packet that
// arrives at a network device of the calling thread's network namespace, before
// anything else sees the packet. Its result is what becomes of the packet:
// XDP_PASS, XDP_DROP, XDP_TX, XDP_REDIRECT or XDP_ABORTED.
//
// It lasts as any Link: from Linux 5.9 on nothing stays on the device when the
// process ends in whatever way, unless Link.Pin asks for it. Before, a process
// that is killed leaves the program there; RemoveXDP takes it off. XDP came with
// Linux 4.8.
//
// A device has one XDP program. If there is one the error is a *BusyError, unless
// XDPFlagsReplace is given. A program of the same module is replaced between two
// packets; one that was left there without a link is taken off first, and some
// packets pass in between; one that a link of another process holds cannot be
// replaced.
//
// Errors are *AttachError around *UnknownDeviceError, *UnsupportedError if the
// kernel or the driver lacks what was asked for, *BusyError or *PermissionError;
// or a *VerifierError.
func (m *Module) AttachXDP(device, function string, o *XDPOptions) (*Link, error) {
	opts := o.orDefault()
	fail := func(err error) (*Link, error) {
		return nil, &AttachError{Hook: xdpHook, Target: device, Function: function, Err: err}
	}
	if err := opts.check(); err != nil {
		return fail(err)
	}
	conn, d, err := findDevice(device)
	if err != nil {
		return fail(err)
	}
	p, err := m.xdpProgram(d, function, opts)
	if err != nil {
		conn.Close()
		return nil, err
	}
	c, err := m.attachXDP(conn, d, p, opts.Flags)
	if err != nil {
		return fail(err)
	}
	return m.keep(xdpHook, device, function, c)
}

const xdpHook = "xdp"

func (m *Module) xdpProgram(d *netdev.Device, function string, o XDPOptions) (*ebpf.Program, error) {
	as := loadAs{typ: XDP}
	if o.Frags {
		as.flags = unix.BPF_F_XDP_HAS_FRAGS
	}
	if o.Flags&XDPFlagsHWMode != 0 {
		as.device = d.Index
	}
	p, err := m.networkProgram(xdpHook, d.Name, function, as)
	if errors.Is(err, unix.EINVAL) && as.device != 0 {
		err = &AttachError{Hook: xdpHook, Target: d.Name, Function: function, Err: noXDPMode(d.Name, XDPFlagsHWMode, err)}
	}
	return p, err
}

// attachXDP uses a link where the kernel has such, else the device's own field.
// It takes over the connection.
func (m *Module) attachXDP(conn *netdev.Conn, d *netdev.Device, p *ebpf.Program, flags XDPFlags) (io.Closer, error) {
	if flags&XDPFlagsReplace != 0 && d.XDP {
		if c, err := m.replaceXDP(conn, d, p); c != nil || err != nil {
			conn.Close()
			return c, err
		}
	}
	l, err := link.AttachRawLink(link.RawLinkOptions{
		Target: d.Index, Program: p, Attach: ebpf.AttachXDP, Flags: uint32(flags & xdpModes),
	})
	if err == nil {
		conn.Close()
		return l, nil
	}
	if noLinks(err) {
		return setXDP(conn, d, p, flags)
	}
	conn.Close()
	return nil, explainXDP(d, flags, err)
}

// replaceXDP makes room. If the program there is this module's, the new one
// takes over what holds it on the device.
func (m *Module) replaceXDP(conn *netdev.Conn, d *netdev.Device, p *ebpf.Program) (io.Closer, error) {
	for _, l := range m.Links() {
		if l.hook != xdpHook || l.target != d.Name {
			continue
		}
		held, ok := l.closer.(link.Link)
		if !ok {
			return nil, l.Close()
		}
		if err := held.Update(p); err != nil {
			return nil, fmt.Errorf("replace %s: %w", l.function, err)
		}
		return l.handOver(), nil
	}
	if err := conn.SetXDP(d.Index, netdev.NoProgram, 0, netdev.NoProgram); err != nil {
		return nil, explainXDP(d, XDPFlagsReplace, err)
	}
	return nil, nil
}

// explainXDP says why a device takes no program, if there is a better reason
// than the kernel's.
func explainXDP(d *netdev.Device, flags XDPFlags, err error) error {
	switch {
	case errors.Is(err, unix.EBUSY), errors.Is(err, unix.EEXIST):
		return xdpBusy(d, flags, err)
	case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, ebpf.ErrNotSupported):
		return noXDPMode(d.Name, flags&xdpModes, err)
	case errors.Is(err, unix.ERANGE):
		return fmt.Errorf("the MTU is too large for packets in one buffer: lower it (ip link set %s mtu 1500), "+
			"give XDPOptions.Frags or use XDPFlagsSKBMode: %w", d.Name, err)
	}
	return refusedByKernel("set XDP program", err)
}

func xdpBusy(d *netdev.Device, flags XDPFlags, err error) error {
	e := &BusyError{Hook: xdpHook, Target: d.Name, Program: d.XDPProgram, Name: programName(d.XDPProgram), Err: err,
		Fix: "end what has attached it, or take its place by XDPFlagsReplace"}
	if flags&XDPFlagsReplace != 0 {
		e.Fix = "a link of another process holds it (bpftool link show): end that process, or remove what pins the link"
	}
	return e
}

func noXDPMode(device string, mode XDPFlags, err error) error {
	e := &UnsupportedError{Feature: "XDP programs", Fix: "use XDPFlagsSKBMode", Err: err}
	switch mode {
	case XDPFlagsDrvMode:
		e.Feature, e.Reason = "native XDP programs", "the driver of "+device+" has no place for them"
	case XDPFlagsHWMode:
		e.Feature, e.Reason = "offloaded XDP programs", "neither "+device+" nor its driver can run them"
	default:
		e.Reason, e.Fix = "the kernel has none for "+device, "use a kernel from 4.12 on, or a device whose driver has native XDP"
	}
	return e
}
