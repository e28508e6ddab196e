package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// defaultInterval is how often is reported if nothing else is said.
const defaultInterval = 5 * time.Second

// check finds the mistakes in the flags before anything is compiled.
func (o *options) check(args []string) error {
	switch {
	case o.pid < -1 || o.pid == 0:
		return fmt.Errorf("--pid %d: processes have numbers from 1 on", o.pid)
	case o.pid != -1 && o.command != "":
		return errors.New("--command traces its own process: leave out --pid")
	case o.older < 0:
		return fmt.Errorf("--older %d: cannot be less than 0", o.older)
	case o.sample < 1:
		return fmt.Errorf("--sample-rate %d: 1 is every allocation, larger numbers are fewer", o.sample)
	case o.top < 1:
		return fmt.Errorf("--top %d: must be 1 at least", o.top)
	case o.min < 0 || o.max < o.min:
		return fmt.Errorf("--min-size %d, --max-size %d: no size is in between", o.min, o.max)
	case o.sort != "size" && o.sort != "count":
		return fmt.Errorf("--sort %q: want size or count", o.sort)
	}
	if err := o.checkKinds(); err != nil {
		return err
	}
	return o.checkArgs(args)
}

// checkKinds finds flags that do not go together.
func (o *options) checkKinds() error {
	switch {
	case o.percpu && !o.kernel():
		return errors.New("--percpu is about the kernel: leave out --pid and --command")
	case o.kernel() && (o.obj != "" || o.prefix != ""):
		return errors.New("--obj and --symbols-prefix are about a process: add --pid or --command")
	case o.combined && o.showAllocs:
		return errors.New("--combined-only has no single allocations: leave out --show-allocs")
	case o.trace && (o.combined || o.folded || o.showAllocs):
		return errors.New("--trace prints calls and no reports: leave out --combined-only, --folded and --show-allocs")
	}
	return nil
}

// checkArgs reads the interval and the number of reports.
func (o *options) checkArgs(args []string) error {
	o.interval = defaultInterval
	if len(args) > 0 {
		seconds, err := strconv.ParseFloat(args[0], 64)
		o.interval = time.Duration(seconds * float64(time.Second))
		if err != nil || o.interval <= 0 {
			return fmt.Errorf("interval %q: want seconds, more than 0", args[0])
		}
	}
	if len(args) > 1 {
		n, err := strconv.Atoi(args[1])
		if err != nil || n < 1 {
			return fmt.Errorf("count %q: want how many reports, 1 at least", args[1])
		}
		o.reports = n
	}
	return nil
}
