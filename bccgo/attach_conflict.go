package bccgo

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// ProbeConflictError means that another program holds a uprobe on the same place
// with another semaphore (reference counter), or with one where ours has none.
// The kernel keeps one semaphore for a place, and refuses a second probe that
// names another, whichever process it is for.
//
// BCC's Python tools are the usual cause: they leave a random semaphore with each
// of their uprobes (an argument that they do not pass).
type ProbeConflictError struct {
	// Path is the file, Offset the place in it, in bytes.
	Path   string
	Offset uint64
	// Err is the kernel's refusal.
	Err error
}

func (e *ProbeConflictError) Error() string {
	return fmt.Sprintf("another program has a uprobe with another semaphore at offset %#x of %s (%v): "+
		"end that program first; BCC's Python tools, which leave a random semaphore with each uprobe, are the usual cause",
		e.Offset, e.Path, e.Err)
}

func (e *ProbeConflictError) Unwrap() error { return e.Err }

// uprobeRefused adds to the kernel's refusal of a uprobe what it means.
func uprobeRefused(path string, offset uint64, pid int, err error) error {
	switch {
	case errors.Is(err, unix.EINVAL) && refCounters() == nil && reaches(path, offset):
		return &ProbeConflictError{Path: path, Offset: offset, Err: err}
	case errors.Is(err, unix.ESRCH):
		return fmt.Errorf("%w: process %d has ended", err, pid)
	}
	return err
}

// reaches tells whether a file reaches to an offset: beyond it, the kernel says
// EINVAL for that.
func reaches(path string, offset uint64) bool {
	info, err := os.Stat(path)
	return err == nil && offset < uint64(info.Size())
}
