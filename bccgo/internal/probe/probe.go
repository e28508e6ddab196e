// Package probe answers questions about the running kernel's names and
// abilities: which tracepoints and functions it has and what they look like,
// how it spells system calls, and which kinds of probe it supports.
//
// Everything is read from /proc, /sys, /boot and /lib below a root that tests
// can move; nothing is attached, mounted or changed.
package probe

import (
	"sync"

	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// FS is the root below which the kernel's files are read.
type FS = rootfs.FS

// Kernel reads the kernel whose /proc and /sys are below one root. It is safe
// for concurrent use. Facts that cannot change while a kernel runs (its
// release, its configuration, its system call prefix) are read once.
type Kernel struct {
	root   FS
	config func() (map[string]string, error)
	prefix func() (string, error)

	mu      sync.Mutex
	tracefs string
	uname   *Uname
}

// New returns a reader of the kernel below root.
func New(root FS) *Kernel {
	k := &Kernel{root: root}
	k.config = sync.OnceValues(k.readConfig)
	k.prefix = sync.OnceValues(k.findSyscallPrefix)
	return k
}

// Running returns the reader of the running kernel, one for the process.
var Running = sync.OnceValue(func() *Kernel { return New(rootfs.Live) })

// Root returns the root k reads below.
func (k *Kernel) Root() FS {
	return k.root
}
