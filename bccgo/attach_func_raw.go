package bccgo

import (
	"errors"
	"fmt"
	"io"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"
)

// attachedFD is a function that is attached without a link.
type attachedFD struct {
	fd      int // the module's own
	program *ebpf.Program
	typ     AttachType
}

func attachWithoutLink(fd int, p *ebpf.Program, typ AttachType, flags AttachFlags) (io.Closer, error) {
	own, err := duplicate(fd)
	if err != nil {
		return nil, err
	}
	o := link.RawAttachProgramOptions{Target: own, Program: p, Attach: typ, Flags: uint32(flags)}
	if err := link.RawAttachProgram(o); err != nil {
		return nil, errors.Join(err, unix.Close(own))
	}
	return &attachedFD{own, p, typ}, nil
}

// Close detaches the function, unless others have done so.
func (a *attachedFD) Close() error {
	err := link.RawDetachProgram(link.RawDetachProgramOptions{Target: a.fd, Program: a.program, Attach: a.typ})
	if gone(err) {
		err = nil
	}
	return errors.Join(err, unix.Close(a.fd))
}

func attachReuseport(fd int, p *ebpf.Program) (io.Closer, error) {
	own, err := duplicate(fd)
	if err != nil {
		return nil, err
	}
	if err := unix.SetsockoptInt(own, unix.SOL_SOCKET, unix.SO_ATTACH_REUSEPORT_EBPF, p.FD()); err != nil {
		return nil, errors.Join(fmt.Errorf("set SO_ATTACH_REUSEPORT_EBPF: %w", err), unix.Close(own))
	}
	return closerFunc(func() error {
		err := unix.SetsockoptInt(own, unix.SOL_SOCKET, unix.SO_DETACH_REUSEPORT_BPF, 0)
		if gone(err) {
			err = nil
		}
		return errors.Join(err, unix.Close(own))
	}), nil
}

func duplicate(fd int) (int, error) {
	own, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return -1, fmt.Errorf("duplicate descriptor %d: %w", fd, err)
	}
	return own, nil
}
