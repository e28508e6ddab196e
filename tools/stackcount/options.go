package main

import (
	"errors"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/probespec"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// places reads the arguments.
func (o *options) places(s *toolkit.Session) (*probespec.Spec, *probespec.Places, error) {
	if len(s.Args) == 0 {
		return nil, nil, errors.New("no pattern: name what to count, such as c:malloc; see stackcount --help")
	}
	o.pattern = s.Args[0]
	var err error
	if o.interval, err = toolkit.Seconds("--interval", o.seconds); err != nil {
		return nil, nil, err
	}
	if err := toolkit.CheckCPU(o.cpu); err != nil {
		return nil, nil, err
	}
	if o.kernelOnly && o.userOnly {
		return nil, nil, errors.New("--kernel-stacks-only and --user-stacks-only: give one of them, or none for both stacks")
	}
	spec, err := probespec.Syntax{Kinds: "ptu", Regexp: o.regexp}.Parse(o.pattern)
	if err != nil {
		return nil, nil, err
	}
	places, err := spec.Find(o.pid)
	if err == nil && o.kernelOnly && !places.InKernel() {
		err = errors.New("--kernel-stacks-only: what runs in user space has no stack in the kernel: leave the flag out")
	}
	return spec, places, err
}

// program is the C text for the places, and how to load it.
func (o *options) program(spec *probespec.Spec, places *probespec.Places) (string, *bccgo.Options) {
	load := places.Options()
	load.Defines = map[string]string{"STACKS": "16384"}
	for name, on := range map[string]bool{"KERNEL_STACKS": places.InKernel() && !o.userOnly, "USER_STACKS": !o.kernelOnly, "BY_PROCESS": o.byProcess} {
		if on {
			load.Defines[name] = "1"
		}
	}
	side := fromEntry
	switch {
	case places.InKernel():
		side = fromKernel
	case spec.Kind == probespec.Static || spec.Offset != 0:
		side = fromWithin
	}
	return toolkit.MissedC + headers + toolkit.StacksC + side + program + places.Functions(), load
}
