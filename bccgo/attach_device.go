package bccgo

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/netdev"
)

// UnknownDeviceError means that there is no network device of a name in the
// network namespace of the calling thread.
type UnknownDeviceError = netdev.AbsentError

// BusyError means that another program is where one was to be attached, and the
// place takes one.
type BusyError struct {
	// Hook and Target are the place.
	Hook, Target string
	// Program is the id of the program there and Name its name, 0 and "" where the
	// kernel does not tell.
	Program uint32
	Name    string
	// Fix is what can be done.
	Fix string
	// Err is the kernel's refusal, nil if it was not asked.
	Err error
}

func (e *BusyError) Error() string {
	what := "another program"
	if e.Program != 0 {
		what = fmt.Sprintf("program %d (%s)", e.Program, e.Name)
	}
	return fmt.Sprintf("%s is attached there already: %s", what, e.Fix)
}

func (e *BusyError) Unwrap() error { return e.Err }

// programName is the name that a program was loaded by, "" if it is gone or may
// not be looked at.
func programName(id uint32) string {
	p, err := ebpf.NewProgramFromID(ebpf.ProgramID(id))
	if err != nil {
		return ""
	}
	defer p.Close()
	info, err := p.Info()
	if err != nil {
		return ""
	}
	return info.Name
}

// findDevice looks a device up in the network namespace of this thread, and
// keeps the connection to that namespace for what follows.
func findDevice(name string) (*netdev.Conn, *netdev.Device, error) {
	conn, err := netdev.Open()
	if err != nil {
		return nil, nil, err
	}
	d, err := conn.Find(name)
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	return conn, d, nil
}

// noLinks tells whether an error means that the kernel has no links for a hook:
// it knows neither the command nor the attach type.
func noLinks(err error) bool {
	return errors.Is(err, unix.EINVAL) || errors.Is(err, ebpf.ErrNotSupported)
}

// gone tells whether what a program was attached to does not exist any more.
func gone(err error) bool {
	return errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENOENT)
}

// refusedByKernel makes a *PermissionError of what only needs more rights.
func refusedByKernel(op string, err error) error {
	if errors.Is(err, unix.EPERM) {
		return &PermissionError{Op: op, Err: err, Missing: "the process lacks the capability CAP_NET_ADMIN",
			Fix: "run it as root (sudo), or give the program the capability as well: setcap cap_net_admin,cap_bpf,cap_perfmon+ep FILE"}
	}
	return fmt.Errorf("%s: %w", op, err)
}
