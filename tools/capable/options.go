package main

import (
	"os"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/snoop"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// options are the flags.
type options struct {
	verbose, extra, unique bool
	kernelStack, userStack bool
	tasks                  snoop.Tasks
	containers             toolkit.Containers
	ways                   toolkit.Ways
}

// Ways to trace checks.
const (
	byFunction   = "the function cap_capable"
	byTracepoint = "the tracepoint capability:cap_capable"
)

// start is what the flags make of the program.
type start struct {
	defines map[string]string
	config  config
	// tracepoint tells that the program is attached by its function's name.
	tracepoint bool
}

func (o *options) text() string {
	text := toolkit.ContainersC + toolkit.MissedC + snoop.TasksC
	if o.kernelStack || o.userStack {
		text += toolkit.StacksC
	}
	return text + program
}

// prepare checks the flags and turns them into what Load and the program need.
func (o *options) prepare(s *toolkit.Session) (*start, error) {
	if err := o.tasks.Check(); err != nil {
		return nil, err
	}
	st := &start{defines: map[string]string{}, config: config{Self: toolkit.KernelPID(os.Getpid())}}
	if o.verbose {
		st.config.Silent = 1
	}
	for name, on := range map[string]bool{"UNIQUE": o.unique, "KERNEL_STACK": o.kernelStack, "USER_STACK": o.userStack} {
		if on {
			st.defines[name] = ""
		}
	}
	own, err := s.OwnHeaders("--mntnsmap does not work")
	if err != nil {
		return nil, err
	}
	if err := o.containers.Define(st.defines, own); err != nil {
		return nil, err
	}
	return st, o.choose(s, st)
}

// choose prefers the function, which alone knows whether a check is audited.
func (o *options) choose(s *toolkit.Session, st *start) error {
	way, err := o.ways.Choose(s, "checks of capabilities",
		toolkit.Way{Name: byFunction, Kind: "kprobe", Probes: []string{"kprobe:cap_capable"}},
		toolkit.Way{Name: byTracepoint, Kind: "tracepoint", Probes: []string{"tracepoint:capability:cap_capable"}})
	if err != nil || way.Name == byFunction {
		return err
	}
	st.tracepoint = true
	st.defines["USE_TRACEPOINT"] = ""
	if !o.verbose {
		s.Warnf("which checks are audited is not known without kprobes: all are shown")
	}
	return nil
}

func (st *start) attach(m *bccgo.Module) error {
	if st.tracepoint {
		return nil
	}
	_, err := m.AttachKprobe("cap_capable", "enter_cap_capable", nil)
	return err
}
