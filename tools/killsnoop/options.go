package main

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/tools/internal/snoop"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// options are the flags.
type options struct {
	failed, threads bool
	tpid, signals   string
	tasks           snoop.Tasks
	probes          toolkit.Syscalls
}

// lastSignal is the kernel's _NSIG.
const lastSignal = 64

// config checks the flags and turns them into what the program needs.
func (o *options) config() (config, error) {
	c := config{Signals: [2]uint64{^uint64(0), ^uint64(0)}}
	if err := o.tasks.Check(); err != nil {
		return c, err
	}
	if o.failed {
		c.Failed = 1
	}
	if o.threads {
		o.probes.Calls = append(o.probes.Calls, "tkill", "tgkill")
	}
	if o.tpid != "" {
		tpid, err := strconv.ParseInt(o.tpid, 10, 32)
		if err != nil {
			return c, fmt.Errorf("--tpid %q: want a process id", o.tpid)
		}
		c.ByTPID, c.TPID = 1, int32(tpid)
	}
	if o.signals == "" {
		return c, nil
	}
	var err error
	c.Signals, err = parseSignals(o.signals)
	return c, err
}

// parseSignals returns a bit for each signal of a list.
func parseSignals(list string) (bits [2]uint64, err error) {
	for item := range strings.SplitSeq(list, ",") {
		n, err := parseSignal(strings.TrimSpace(item))
		if err != nil {
			return bits, err
		}
		bits[n/64] |= 1 << (n % 64)
	}
	return bits, nil
}

func parseSignal(s string) (int, error) {
	if n, err := strconv.Atoi(s); err == nil && n >= 0 && n <= lastSignal {
		return n, nil
	}
	name := strings.ToUpper(s)
	if !strings.HasPrefix(name, "SIG") {
		name = "SIG" + name
	}
	if n := unix.SignalNum(name); n != 0 {
		return int(n), nil
	}
	return 0, fmt.Errorf("--signal %q: want a number from 0 to %d, or a name such as SIGTERM or TERM", s, lastSignal)
}
