package bccgo

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// handOver ends the link without detaching, and returns what holds the function
// at its place.
func (l *Link) handOver() (held interface{ Close() error }) {
	l.once.Do(func() {
		l.module.mu.Lock()
		delete(l.module.links, l)
		l.module.mu.Unlock()
		held = l.closer
	})
	return held
}

// Pin makes the attachment outlast the link, the module and the process: it
// stays until the file at path is removed, or the machine stops. path is a new
// file in a BPF file system, such as /sys/fs/bpf/NAME. Tables that the function
// uses stay with it; another program opens them by their own pinned files
// (BPF_TABLE_PINNED).
//
// What the kernel attaches without a link of its own cannot be pinned; that is an
// *UnsupportedError.
func (l *Link) Pin(path string) error {
	fail := func(err error) error { return fmt.Errorf("pin %s at %s: %w", l, path, err) }
	p, ok := l.closer.(interface{ Pin(string) error })
	if !ok {
		return fail(l.notPinnable(nil))
	}
	err := p.Pin(path)
	switch {
	case errors.Is(err, ebpf.ErrNotSupported), errors.Is(err, unix.EINVAL):
		return fail(l.notPinnable(err))
	case err != nil:
		return fail(fmt.Errorf("%w (it has to be a new file in a BPF file system: mount -t bpf bpf /sys/fs/bpf)", err))
	}
	return nil
}

func (l *Link) notPinnable(err error) error {
	return &UnsupportedError{Feature: "pinned attachments", Err: err,
		Reason: "this kernel attaches to " + l.hook + " without a link that could be pinned",
		Fix:    "keep the process running; links to network devices came with Linux 5.9 and 6.6, to control groups with 5.7"}
}
