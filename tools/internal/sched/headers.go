package sched

import (
	"fmt"

	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// HeadersNeededError means that a tool cannot do what it was asked for with another
// kernel's headers.
type HeadersNeededError struct {
	// What is it that would be read from the kernel's structures.
	What string
}

func (e *HeadersNeededError) Error() string {
	return fmt.Sprintf("%s can be read only with the running kernel's headers, and those here are another kernel's: "+
		"install its headers (linux-headers-$(uname -r)); a kernel with BTF (/sys/kernel/btf/vmlinux) needs none", e.What)
}

// NeedHeaders returns a *HeadersNeededError if the running kernel's headers are not
// those to compile with.
func NeedHeaders(s *toolkit.Session, what string) error {
	own, err := s.OwnHeaders(what + " cannot be read")
	if err == nil && !own {
		err = &HeadersNeededError{what}
	}
	return err
}
