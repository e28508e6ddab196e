package bccgo

import (
	"fmt"
	"iter"

	"github.com/bccgo/bcc/bccgo/internal/syscalls"
)

// SyscallName returns the name of a system call by its number on this machine:
// "read" for 0 on x86-64. A number without one gives "[unknown: N]". Programs of
// 32 bits have numbers of their own, which are not known here. Names are those
// of x86-64 and arm64; other machines have none.
func SyscallName(number int) string {
	if name := syscalls.Name(number); name != "" {
		return name
	}
	return fmt.Sprintf("[unknown: %d]", number)
}

// SyscallNumber returns the number of a system call on this machine; ok is false
// if it has none of that name.
func SyscallNumber(name string) (number int, ok bool) { return syscalls.Number(name) }

// Syscalls lists the system calls of this machine by number and name, in the
// order of their numbers.
func Syscalls() iter.Seq2[int, string] { return syscalls.All() }
