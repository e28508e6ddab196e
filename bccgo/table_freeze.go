package bccgo

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// Freeze ends all writing to the table from user space, for good: later writes
// fail with EPERM. Programs go on writing unless the table was declared with
// BPF_F_RDONLY_PROG; with that flag, too, the verifier takes its contents as
// constants, which some helpers want (the format of bpf_snprintf, the second
// text of bpf_strncmp). Functions must then be loaded after Freeze: see
// Options.NoAutoAttach.
//
// It needs Linux 5.2; before, the error is an *UnsupportedError. A table that
// is frozen already or being written to is EPERM or EBUSY, by the kernel's version.
func (t *Table) Freeze() error {
	err := t.on(func(int) error { return t.raw.Freeze() })
	switch {
	case errors.Is(err, ebpf.ErrNotSupported):
		return &UnsupportedError{Feature: "frozen tables", Reason: err.Error(),
			Fix: "run Linux 5.2 or later"}
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EBUSY):
		return fmt.Errorf("table %s: it is frozen already, or something is writing to it: %w", t.Name(), err)
	}
	return t.fail(err)
}
