package bccgo

import (
	"errors"
	"fmt"
	"io"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// attachAddress attaches to the instruction at a kernel address.
func (h kernelHook) attachAddress(addr uint64, p *ebpf.Program) (io.Closer, error) {
	source, err := probe.Running().KprobeSource()
	if err != nil {
		return nil, err
	}
	attr := unix.PerfEventAttr{
		Size: unix.PERF_ATTR_SIZE_VER1,
		Type: source.Type,
		Ext2: addr, // kprobe_addr, because Ext1, the name, is 0
	}
	if h.returns {
		attr.Config = source.Retprobe
	}
	// A kprobe fires on all CPUs, whichever one its event is opened on.
	fd, err := unix.PerfEventOpen(&attr, -1, 0, -1, unix.PERF_FLAG_FD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("open perf event at %#x: %w", addr, err)
	}
	c := closerFunc(func() error { return unix.Close(fd) })
	if err := unix.IoctlSetInt(fd, unix.PERF_EVENT_IOC_SET_BPF, p.FD()); err != nil {
		return nil, errors.Join(fmt.Errorf("set program of perf event: %w", err), c.Close())
	}
	if err := unix.IoctlSetInt(fd, unix.PERF_EVENT_IOC_ENABLE, 0); err != nil {
		return nil, errors.Join(fmt.Errorf("enable perf event: %w", err), c.Close())
	}
	return c, nil
}
