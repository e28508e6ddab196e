package host

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/rlimit"
)

// A function and a security hook that kernels with the feature have. Programs
// for them are loaded and dropped, never attached.
const (
	entryTarget = "bpf_fentry_test1"
	hookTarget  = "file_open"
)

// ask completes a check by loading an empty program: policies may refuse what
// the kernel was built to do. supported is what the kernel's files say; only
// where they say yes, and this process may load, is the kernel asked.
func (h *host) ask(c Check, supported error, spec ebpf.ProgramSpec, instead string) Check {
	c = c.supported(supported, Warn)
	if c.Status != OK || !h.mayAsk() {
		return c
	}
	err := load(spec)
	if err == nil || errors.Is(err, btf.ErrNotFound) {
		return c
	}
	// The memory limit, which cilium/ebpf suspects here, was lifted before.
	var errno syscall.Errno
	if errors.As(err, &errno) {
		err = errno
	}
	return Check{ID: c.ID, Name: c.Name}.bad(Warn, "refused",
		fmt.Sprintf("the kernel was built with it, but refuses to load such a program: %v", err), instead)
}

func load(spec ebpf.ProgramSpec) error {
	// Kernels before 5.11 charge the program to the limit.
	if err := rlimit.RemoveMemlock(); err != nil {
		return err
	}
	spec.License = "GPL"
	spec.Instructions = asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}
	program, err := ebpf.NewProgram(&spec)
	if err != nil {
		return err
	}
	return program.Close()
}
