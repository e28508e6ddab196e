package main

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/sched"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// options are the flags.
type options struct {
	target                sched.Target
	ppid, top             int
	intervalText          string
	errno, syscall        string
	failures, latency     bool
	milliseconds, process bool
	list                  bool
	// interval is 0 for one output at the end.
	interval time.Duration
}

// Sizes of the program's table of totals.
const (
	maxCalls     = 1024
	maxProcesses = 16384
)

// config checks the flags and turns them into the program's settings.
func (o *options) config() (c config, err error) {
	c = config{On: 1, PID: uint32(o.target.PID), TID: uint32(o.target.TID), PPID: uint32(o.ppid), Nr: -1}
	if o.interval, err = toolkit.Seconds("--interval", o.intervalText); err != nil {
		return c, err
	}
	if o.top < 1 {
		return c, fmt.Errorf("--top %d: want a number above 0", o.top)
	}
	if err := o.target.Check(); err != nil {
		return c, err
	}
	if err := sched.CheckNumber("--ppid", "process", o.ppid); err != nil {
		return c, err
	}
	if o.failures {
		c.Failed = 1
	}
	if c.Error, err = errorNumber(o.errno); err != nil {
		return c, err
	}
	if o.syscall != "" {
		nr, ok := bccgo.SyscallNumber(o.syscall)
		if !ok {
			return c, fmt.Errorf("--syscall %q: there is no such call here; --list shows all", o.syscall)
		}
		c.Nr = int32(nr)
	}
	return c, nil
}

// defines select the program's parts.
func (o *options) defines(s *toolkit.Session) (map[string]string, error) {
	probes := []string{"tracepoint:raw_syscalls:sys_exit"}
	defines := map[string]string{"TOTALS": strconv.Itoa(maxCalls)}
	if o.process {
		defines["BY_PROCESS"] = ""
		defines["TOTALS"] = strconv.Itoa(maxProcesses)
	}
	if o.latency {
		defines["LATENCY"] = ""
		probes = append(probes, "tracepoint:raw_syscalls:sys_enter", "raw_tracepoint:sched_process_exit")
	}
	for _, probe := range probes {
		if _, err := bccgo.FirstProbe(probe); err != nil {
			return nil, err
		}
	}
	if o.ppid != 0 {
		if err := sched.NeedHeaders(s, "the parent of a process"); err != nil {
			return nil, err
		}
	}
	own, err := s.OwnHeaders("calls of programs of 32 bits are not told from others")
	if own {
		defines["OWN_HEADERS"] = ""
	}
	return defines, err
}

// maxErrno is the largest error number that a call can return.
const maxErrno = 4095

// errorNumber reads the value of --errno; 0 means that there is none. A number may
// have a minus, as calls return it.
func errorNumber(text string) (uint32, error) {
	if text == "" {
		return 0, nil
	}
	if n, err := strconv.ParseUint(strings.TrimPrefix(text, "-"), 10, 32); err == nil && n > 0 && n <= maxErrno {
		return uint32(n), nil
	}
	for n := uint32(1); n <= maxErrno; n++ {
		if name := unix.ErrnoName(syscall.Errno(n)); name != "" && name == text {
			return n, nil
		}
	}
	return 0, fmt.Errorf("--errno %q: want an error's number or its name, such as EPERM", text)
}

// callNames are the names of all calls, in the order of their numbers.
func callNames() (names []string) {
	for _, name := range bccgo.Syscalls() {
		names = append(names, name)
	}
	return names
}
