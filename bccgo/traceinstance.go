package bccgo

import (
	"errors"
	"fmt"

	"github.com/bccgo/bcc/bccgo/internal/instance"
	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// TraceInstanceOptions refine OpenTraceInstance. nil means the lines of every
// process.
type TraceInstanceOptions struct {
	// PIDs are the processes whose lines are wanted, with the threads they have
	// now, as the initial pid namespace numbers them. None means all.
	PIDs []int
	// Children wants the lines of what these start from now on, too: threads
	// and processes.
	Children bool
	// BufferKB is the size of the trace in KiB for each CPU. 0 leaves it to the
	// kernel, which takes 1.4 MiB.
	BufferKB int
}

// OpenTraceInstance opens a trace of this process's own: it gets a copy of what
// programs print by bpf_trace_printk from now on, nothing else, and takes no
// line from other readers. It needs root and Linux 5.9; on older kernels the
// error is an *UnsupportedError. Other errors are those of OpenTracePipe.
//
// Close removes it. What a killed process left behind is removed by the next
// process that opens one.
func OpenTraceInstance(o *TraceInstanceOptions) (*TracePipe, error) {
	if o == nil {
		o = new(TraceInstanceOptions)
	}
	return openTraceInstanceOf(probe.Running(), o)
}

func openTraceInstanceOf(k *probe.Kernel, o *TraceInstanceOptions) (*TracePipe, error) {
	if o.BufferKB < 0 {
		return nil, fmt.Errorf("open trace instance: buffer of %d KiB: cannot be less than 0", o.BufferKB)
	}
	dir, err := instance.Create(k, instance.Options{PIDs: o.PIDs, Children: o.Children, Buffer: o.BufferKB})
	if err != nil {
		return nil, fmt.Errorf("open trace instance: %w", err)
	}
	p, err := openTracePipeIn(dir)
	if err != nil {
		return nil, errors.Join(err, instance.Remove(dir))
	}
	p.instance = dir
	return p, nil
}
