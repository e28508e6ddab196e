package testenv

import (
	"fmt"
	"sync"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/rlimit"
)

// fentryTarget is a function that every kernel with BPF and networking has and
// that runs only when BPF test runs call it.
const fentryTarget = "bpf_fentry_test1"

// fentry attaches an empty program once and remembers why that failed.
var fentry = sync.OnceValue(func() string {
	// Kernels before 5.11 count BPF memory against this limit.
	if err := rlimit.RemoveMemlock(); err != nil {
		return fmt.Sprintf("fentry cannot be tried: %v", err)
	}
	prog, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Type:         ebpf.Tracing,
		AttachType:   ebpf.AttachTraceFEntry,
		AttachTo:     fentryTarget,
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()},
		License:      "GPL",
	})
	if err != nil {
		return fmt.Sprintf("kernel without fentry: load a program for %s: %v", fentryTarget, err)
	}
	defer prog.Close()
	l, err := link.AttachTracing(link.TracingOptions{Program: prog})
	if err != nil {
		return fmt.Sprintf("kernel without fentry: attach to %s: %v", fentryTarget, err)
	}
	if err := l.Close(); err != nil {
		return fmt.Sprintf("kernel without fentry: detach from %s: %v", fentryTarget, err)
	}
	return ""
})
