package main

import (
	"errors"
	"fmt"
	"math"

	"github.com/bccgo/bcc/tools/internal/stacktool"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// unset is the value of a number that was not given.
const unset = math.MinInt

// defaultFrequency is out of step with what programs do many times a second.
const defaultFrequency = 49

// check reads the flags.
func (o *options) check(s *toolkit.Session) error {
	switch {
	case o.frequency != unset && o.count != unset:
		return errors.New("--frequency and --count: give one of them")
	case o.frequency != unset && o.frequency < 1:
		return fmt.Errorf("--frequency %d: want a number above 0", o.frequency)
	case o.count != unset && o.count < 1:
		return fmt.Errorf("--count %d: want a number above 0", o.count)
	case o.frequency == unset && o.count == unset:
		o.frequency = defaultFrequency
	}
	o.frequency, o.count = max(0, o.frequency), max(0, o.count)
	if err := toolkit.CheckCPU(o.cpu); err != nil {
		return err
	}
	if err := stacktool.Seconds(s); err != nil {
		return err
	}
	if err := o.Threads.Check(); err != nil {
		return err
	}
	return o.View.Check()
}

// defines are those of the program.
func (o *options) defines(s *toolkit.Session) (map[string]string, error) {
	own, err := s.OwnHeaders("mount namespaces cannot be told apart")
	if err != nil {
		return nil, err
	}
	all := make(map[string]string)
	o.Threads.Define(all)
	o.View.Define(all)
	if o.idle {
		all["WITH_IDLE"] = ""
	}
	return all, o.containers.Define(all, own)
}
