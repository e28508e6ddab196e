package bccgo

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/sysbpf"
)

// TestRunOptions say what a function is run with. nil means nothing, once.
type TestRunOptions struct {
	// Type is what the function is loaded as; 0 means as LoadFuncs does.
	Type ProgType
	// Data is the packet, with its Ethernet header, for the types that have one.
	Data []byte
	// Room is how long the packet may become; 0 means 256 bytes more than Data.
	Room int
	// Context is what the function's argument points to: the kernel's struct for
	// the type (__sk_buff, xdp_md, …; Linux 5.2, 5.14), the arguments of a raw
	// tracepoint (u64 each), or anything for Syscall.
	Context []byte
	// Repeat is how often the function runs, one after the other; 0 means once.
	// Raw tracepoint and Syscall functions run once only.
	Repeat int
}

// TestRunResult is what a function did.
type TestRunResult struct {
	// Return is the last run's result.
	Return uint32
	// Data is the packet afterwards, nil for the types that have none.
	Data []byte
	// Context is the given one afterwards, nil for the types that only read it.
	Context []byte
	// Duration is what one run took, on average and without what comes before and
	// after, in whole nanoseconds; 0 for the types that run once only.
	Duration time.Duration
}

// TestRun runs a function in the kernel with given data, without attaching it
// (BPF_PROG_TEST_RUN): packet functions from Linux 4.12 on, raw tracepoints from
// 5.10, Tracing from 5.7, SkLookup and Syscall from 5.14. It stores into the
// tables as always.
//
// For a type that the kernel does not run so, as Kprobe, the error is an
// *UnsupportedError; a packet that outgrew Room is unix.ENOSPC. Other errors are
// those of LoadFunc.
func (m *Module) TestRun(function string, o *TestRunOptions) (*TestRunResult, error) {
	if err := m.usable(); err != nil {
		return nil, fmt.Errorf("run function %s: %w", function, err)
	}
	if o == nil {
		o = new(TestRunOptions)
	}
	f := m.bundle.Function(function)
	if f == nil {
		return nil, unknown("function", function, m.Functions())
	}
	typ := o.Type
	if typ == ebpf.UnspecifiedProgram {
		typ = m.typeOf(f)
	}
	run, err := o.run(typ)
	if err != nil {
		return nil, fmt.Errorf("run function %s: %w", function, err)
	}
	p, err := m.program(function, typ)
	if err != nil {
		return nil, err
	}
	err = run.Run(p.FD())
	runtime.KeepAlive(p)
	if err != nil {
		return nil, fmt.Errorf("run function %s: %w", function, explainRun(typ, run, err))
	}
	return o.result(typ, run), nil
}

// runsOnce are the types that are handed a context alone, and run once.
func runsOnce(typ ProgType) bool {
	return typ == RawTracepoint || typ == ebpf.RawTracepointWritable || typ == Syscall
}

// packetTypes are those whose context is handed back.
var packetTypes = []ProgType{
	SocketFilter, ebpf.SchedCLS, ebpf.SchedACT, ebpf.XDP, ebpf.CGroupSKB, ebpf.SkSKB,
	ebpf.LWTIn, ebpf.LWTOut, ebpf.LWTXmit, ebpf.LWTSeg6Local,
}

// ethernetHeader is the least that a packet has.
const ethernetHeader = 14

// run is what the kernel is asked for.
func (o *TestRunOptions) run(typ ProgType) (*sysbpf.TestRun, error) {
	packet := slices.Contains(packetTypes, typ)
	switch {
	case o.Repeat < 0 || o.Room < 0:
		return nil, fmt.Errorf("options with Repeat %d and Room %d, neither of which can be negative", o.Repeat, o.Room)
	case runsOnce(typ) && len(o.Data) > 0:
		return nil, fmt.Errorf("%v functions have no packet: hand over a Context", typ)
	case runsOnce(typ) && o.Repeat > 1:
		return nil, fmt.Errorf("%v functions run once, not %d times", typ, o.Repeat)
	case packet && len(o.Data) < ethernetHeader:
		return nil, fmt.Errorf("the data has %d bytes: a packet begins with an Ethernet header of %d", len(o.Data), ethernetHeader)
	}
	r := &sysbpf.TestRun{Data: o.Data, Context: slices.Clone(o.Context)}
	if !runsOnce(typ) {
		r.Repeat = uint32(o.Repeat)
	}
	if len(o.Data) > 0 {
		room := o.Room
		if room == 0 {
			room = len(o.Data) + 256
		}
		r.DataOut = make([]byte, room)
	}
	if packet {
		r.ContextOut = make([]byte, len(o.Context))
	}
	return r, nil
}

func (o *TestRunOptions) result(typ ProgType, r *sysbpf.TestRun) *TestRunResult {
	done := &TestRunResult{Return: r.Return, Duration: time.Duration(r.Nanoseconds)}
	if len(r.DataOut) > 0 {
		done.Data = r.DataOut[:min(r.DataLen, len(r.DataOut))]
	}
	switch {
	case typ == Syscall && len(r.Context) > 0:
		done.Context = r.Context // the kernel stores into it
	case len(r.ContextOut) > 0:
		done.Context = r.ContextOut[:min(r.ContextLen, len(r.ContextOut))]
	}
	return done
}

// explainRun says why the kernel did not run a function.
func explainRun(typ ProgType, r *sysbpf.TestRun, err error) error {
	switch {
	case errors.Is(err, unix.EOPNOTSUPP):
		return &UnsupportedError{
			Feature: fmt.Sprintf("test runs of %v functions", typ),
			Reason:  "the kernel runs only packet, raw tracepoint, Tracing, SkLookup and Syscall functions like this, each from a version on",
			Fix:     "attach the function, or say in TestRunOptions.Type what it is",
			Err:     err,
		}
	case errors.Is(err, unix.ENOSPC):
		return fmt.Errorf("the packet does not fit into %d bytes: raise TestRunOptions.Room: %w", len(r.DataOut), err)
	case errors.Is(err, unix.EINVAL):
		return fmt.Errorf("the kernel does not take this data (%d bytes) or context (%d bytes) for %v functions: %w",
			len(r.Data), len(r.Context), typ, err)
	}
	return err
}
