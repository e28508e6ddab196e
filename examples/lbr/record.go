package main

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo"
)

// NoBranchRecordsError means that the processor keeps no records of branches, or
// that the kernel cannot get at them.
type NoBranchRecordsError struct {
	// Err is what perf_event_open(2) says.
	Err error
}

func (e *NoBranchRecordsError) Error() string {
	return fmt.Sprintf("no last branch records here (%v): they need a processor that keeps them "+
		"(Intel since Nehalem, AMD since Zen 3), Linux 5.16, and no virtual machine in between unless it passes "+
		"the counters on; grep -wE 'arch_lbr|brs|amd_lbr_v2' /proc/cpuinfo shows the newer kinds", e.Err)
}

func (e *NoBranchRecordsError) Unwrap() error { return e.Err }

// recording is an open perf event for each CPU. While one is open, its CPU
// keeps records.
type recording []int

// startRecording turns the records on. Without them the error is a
// *NoBranchRecordsError.
func startRecording() (recording, error) {
	cpus, err := bccgo.OnlineCPUs()
	if err != nil {
		return nil, err
	}
	attr := unix.PerfEventAttr{
		Type:               unix.PERF_TYPE_HARDWARE,
		Size:               unix.PERF_ATTR_SIZE_VER5,
		Config:             unix.PERF_COUNT_HW_CPU_CYCLES,
		Sample_type:        unix.PERF_SAMPLE_BRANCH_STACK,
		Branch_sample_type: unix.PERF_SAMPLE_BRANCH_ANY | unix.PERF_SAMPLE_BRANCH_KERNEL | unix.PERF_SAMPLE_BRANCH_USER,
	}
	var r recording
	for _, cpu := range cpus {
		fd, err := unix.PerfEventOpen(&attr, -1, cpu, -1, unix.PERF_FLAG_FD_CLOEXEC)
		if err != nil {
			r.stop()
			return nil, explain(cpu, err)
		}
		r = append(r, fd)
	}
	return r, nil
}

// explain tells a processor without records from other failures.
func explain(cpu int, err error) error {
	// ENOENT: the event is not known; EOPNOTSUPP and EINVAL: not with branches.
	for _, absent := range []error{unix.ENOENT, unix.EOPNOTSUPP, unix.EINVAL} {
		if errors.Is(err, absent) {
			return &NoBranchRecordsError{Err: err}
		}
	}
	return fmt.Errorf("record branches on CPU %d: %w", cpu, err)
}

func (r recording) stop() {
	for _, fd := range r {
		// Only counted, nothing is written: there is nothing to lose.
		_ = unix.Close(fd)
	}
}
