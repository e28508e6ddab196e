package bccgo

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

const perfHook = "perf event"

// AttachPerfEvent runs a function, whose argument is a struct
// bpf_perf_event_data, on samples of an event: of the clocks and other
// software events (PerfSWConfig), of the processor's counters (PerfHWConfig,
// PerfCacheConfig) or of raw ones as the processor's manual numbers them.
// The options must say how often to sample. The link holds the events of all
// CPUs.
//
//	m.AttachPerfEvent(bccgo.PerfTypeSoftware, bccgo.PerfSWCPUClock, "on_sample",
//		&bccgo.PerfEventOptions{SampleFreq: 99})
//
// For PerfTypeTracepoint, config is the tracepoint's id, and the function is
// loaded as a Tracepoint. The kernel runs it at every hit in every process, so
// the options must be nil or have a SamplePeriod of 1 alone.
//
// It needs Linux 4.9. Errors are *AttachError around *SampleRateError,
// *UnsupportedError (counters that virtual machines lack) or *PermissionError.
func (m *Module) AttachPerfEvent(typ PerfType, config uint64, function string, o *PerfEventOptions) (*Link, error) {
	attr := unix.PerfEventAttr{Type: uint32(typ), Config: config}
	if typ == PerfTypeBreakpoint {
		return nil, &AttachError{Hook: perfHook, Target: typ.String(), Function: function,
			Err: errors.New("a breakpoint needs an address: use AttachPerfEventRaw")}
	}
	return m.AttachPerfEventRaw(&attr, function, o)
}

// AttachPerfEventRaw is AttachPerfEvent with all attributes of
// perf_event_open(2), for breakpoints (Bp_type, and the address and length in
// Ext1 and Ext2), for events with more than one number and for exclusions. The
// attributes may say how often to sample themselves, in Sample. Size may be
// left 0.
func (m *Module) AttachPerfEventRaw(attr *unix.PerfEventAttr, function string, o *PerfEventOptions) (*Link, error) {
	if attr == nil {
		return nil, &AttachError{Hook: perfHook, Function: function, Err: errors.New("no attributes are given")}
	}
	fail := func(err error) (*Link, error) {
		return nil, &AttachError{Hook: perfHook, Target: perfName(attr), Function: function, Err: err}
	}
	if m == nil {
		return fail(errNoModule)
	}
	e, err := newPerfEvent(*attr, o)
	if err != nil {
		return fail(err)
	}
	typ := PerfEvent
	if PerfType(attr.Type) == PerfTypeTracepoint {
		typ, err = Tracepoint, e.asTracepoint()
	} else {
		err = e.setSampling()
	}
	if err != nil {
		return fail(err)
	}
	p, err := m.program(function, typ)
	if err != nil {
		return nil, err
	}
	files, err := e.run(p.FD())
	if err != nil {
		return fail(err)
	}
	return m.keepLink(&Link{hook: perfHook, target: perfName(attr), function: function,
		names: []string{detachName(PerfType(attr.Type), attr.Config)}, targets: e.targets(files)}, files)
}

// detachName is what DetachPerfEvent knows of an event.
func detachName(typ PerfType, config uint64) string {
	return perfName(&unix.PerfEventAttr{Type: uint32(typ), Config: config})
}

// asTracepoint makes the event one on any CPU: however many there are, the
// kernel runs a tracepoint's program once, at every hit.
func (e *perfEvent) asTracepoint() error {
	o := &e.opts
	if o.PID != 0 || o.CPUs != nil || o.Cgroup != "" || o.Group != nil || o.SampleFreq != 0 || o.SamplePeriod > 1 {
		return errors.New("the kernel runs a tracepoint's program at every hit, in every process and on every CPU: " +
			"choose in the program (bpf_get_current_pid_tgid, bpf_get_smp_processor_id)")
	}
	cpus, err := onlineCPUs()
	if err != nil {
		return err
	}
	o.CPUs = cpus[:1]
	return nil
}

// run opens the event and starts a program on it.
func (e *perfEvent) run(program int) (perfFiles, error) {
	e.attr.Bits |= unix.PerfBitDisabled | e.inheritance()
	files, err := e.open(func(f perfFile) error {
		// At once, since threads that the watched one starts inherit it.
		if err := unix.IoctlSetInt(f.fd, unix.PERF_EVENT_IOC_SET_BPF, program); err != nil {
			return fmt.Errorf("run a program on perf event %s: %w", perfName(&e.attr), err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if err := unix.IoctlSetInt(f.fd, unix.PERF_EVENT_IOC_ENABLE, 0); err != nil {
			err = fmt.Errorf("start perf event %s: %w", perfName(&e.attr), err)
			return nil, errors.Join(err, files.Close())
		}
	}
	return files, nil
}

// inheritance makes what a process starts later part of the event.
func (e *perfEvent) inheritance() uint64 {
	switch {
	case e.opts.PID == 0, e.opts.Group != nil:
		return 0
	case e.opts.Children:
		return unix.PerfBitInherit
	}
	version, err := probe.Running().Version()
	if err != nil || !version.AtLeast(5, 13) {
		return 0
	}
	return unix.PerfBitInherit | perfBitInheritThread
}

// DetachPerfEvent ends all attachments to an event, however restricted. If there
// are none, the error is a *NotAttachedError.
func (m *Module) DetachPerfEvent(typ PerfType, config uint64) error {
	name := detachName(typ, config)
	return m.detach(perfHook, name, "", name)
}
