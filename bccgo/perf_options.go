package bccgo

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// PerfEventOptions say how often a perf event samples, and what it watches.
type PerfEventOptions struct {
	// SamplePeriod is how many events pass between two samples: nanoseconds
	// for the clocks.
	SamplePeriod uint64
	// SampleFreq is how many samples a second are wanted; the kernel adapts
	// the period to it. At most what kernel.perf_event_max_sample_rate allows.
	SampleFreq uint64
	// PID is a process: all its threads, since Linux 5.13 also those that
	// start later. 0 means every process.
	PID int
	// Children adds the processes that PID starts from now on, and theirs.
	Children bool
	// CPUs are the processors to watch; nil means all that are online. With a
	// PID nil means wherever it runs, which takes one event a thread.
	CPUs []int
	// Cgroup is the directory of a control group, of version 2 or of the
	// perf_event hierarchy of version 1: the processes in it and in the groups
	// below.
	Cgroup string
	// Group is an open perf event, of the same thread and CPU, that this one
	// is counted together with. PID then means that thread alone.
	Group *os.File
}

// Bits of perf_event_attr that x/sys does not name.
const perfBitInheritThread = 1 << 35

// perfEvent is a perf event to be opened, wherever its options say.
type perfEvent struct {
	attr unix.PerfEventAttr
	opts PerfEventOptions
	// perCPU takes an event a CPU also where one a thread would do, and then
	// of one thread.
	perCPU bool
}

// newPerfEvent checks the options. A copy of attr is used.
func newPerfEvent(attr unix.PerfEventAttr, o *PerfEventOptions) (*perfEvent, error) {
	e := &perfEvent{attr: attr}
	if o != nil {
		e.opts = *o
	}
	if e.attr.Size == 0 {
		e.attr.Size = unix.PERF_ATTR_SIZE_VER7
	}
	return e, errors.Join(e.checkPlace(), e.checkCPUs())
}

func (e *perfEvent) checkPlace() error {
	o := &e.opts
	switch {
	case o.PID < 0:
		return fmt.Errorf("PerfEventOptions.PID is %d: give a process, or 0 for all", o.PID)
	case o.PID != 0 && o.Cgroup != "":
		return errors.New("PerfEventOptions has both PID and Cgroup: give one")
	case o.Children && o.PID == 0:
		return errors.New("PerfEventOptions.Children needs a PID")
	}
	return nil
}

func (e *perfEvent) checkCPUs() error {
	cpus := e.opts.CPUs
	if cpus != nil && len(cpus) == 0 {
		return errors.New("PerfEventOptions.CPUs is empty: nil means all")
	}
	for i, cpu := range cpus {
		if cpu < 0 || slices.Contains(cpus[:i], cpu) {
			return fmt.Errorf("PerfEventOptions.CPUs has %d: give each CPU's number once, or nil for all", cpu)
		}
	}
	return nil
}

// setSampling makes the event sample: by the period or the frequency of the
// options, or as the caller's attributes say.
func (e *perfEvent) setSampling() error {
	given := 0
	for _, n := range []uint64{e.attr.Sample, e.opts.SamplePeriod, e.opts.SampleFreq} {
		if n != 0 {
			given++
		}
	}
	if given == 0 {
		return errors.New("PerfEventOptions says nothing about when to sample: " +
			"give SamplePeriod (every n events) or SampleFreq (n times a second)")
	}
	if given > 1 {
		return errors.New("PerfEventOptions says twice when to sample: give one of SamplePeriod and SampleFreq")
	}
	switch {
	case e.opts.SampleFreq != 0:
		e.attr.Sample = e.opts.SampleFreq
		e.attr.Bits |= unix.PerfBitFreq
	case e.opts.SamplePeriod != 0:
		e.attr.Sample = e.opts.SamplePeriod
		e.attr.Bits &^= unix.PerfBitFreq
	}
	return nil
}
