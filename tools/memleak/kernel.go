package main

import (
	"context"
	"fmt"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// runKernel traces the kernel's allocations, system-wide.
func (o *options) runKernel(ctx context.Context, s *toolkit.Session) error {
	defines, err := o.tracepoints()
	if err != nil {
		return err
	}
	if s.EBPF {
		return s.PrintC(toolkit.MissedC+toolkit.StacksC+common+kernelProgram, defines)
	}
	m, err := bccgo.LoadContext(ctx, toolkit.MissedC+toolkit.StacksC+common+kernelProgram, &bccgo.Options{Defines: defines})
	if err != nil {
		return err
	}
	defer m.Close()
	if err := o.attachNodes(m); err != nil {
		return err
	}
	t := &target{process: bccgo.KernelPID, calls: kernelCalls, heading: "Attaching to kernel allocators, Ctrl+C to quit."}
	return o.follow(ctx, s, m, t)
}

// tracepoints looks whether there are those that are needed, and returns what the
// program has to be told.
func (o *options) tracepoints() (map[string]string, error) {
	if o.percpu {
		return map[string]string{"PERCPU": ""}, need("percpu", "percpu_alloc_percpu")
	}
	return nil, need("kmem", "kmalloc")
}

// attachNodes attaches to the tracepoints of memory nodes. They went with Linux
// 6.1, where the others tell the same.
func (o *options) attachNodes(m *bccgo.Module) error {
	for _, name := range []string{"kmalloc_node", "kmem_cache_alloc_node"} {
		if ok, err := bccgo.TracepointExists("kmem", name); err != nil {
			return err
		} else if !ok || o.percpu {
			continue
		}
		if _, err := m.AttachTracepoint("kmem:"+name, name); err != nil {
			return err
		}
	}
	return nil
}

func need(category, event string) error {
	ok, err := bccgo.TracepointExists(category, event)
	if err == nil && !ok {
		return fmt.Errorf("the kernel has no tracepoint %s:%s, so its allocations cannot be followed: trace a process with --pid or --command", category, event)
	}
	return err
}
