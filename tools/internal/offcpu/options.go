package offcpu

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/stacktool"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Options are the flags of such a tool.
type Options struct {
	stacktool.Threads
	stacktool.View
	ways        toolkit.Ways
	least, most uint64
	states      string
	state       uint64
	plan        plan
}

// plan is how to trace.
type plan struct {
	wakers, onlyWakeups bool // what the tool wants to know
	kprobes             bool
}

// LimitFlags are --min-block-time and --max-block-time, and --probes.
func (o *Options) LimitFlags() []cli.Flag {
	return append([]cli.Flag{
		&cli.Uint64Flag{Name: "min-block-time", Aliases: []string{"m"}, Value: 1, Usage: "only waits of at least so many `MICROSECONDS`", Destination: &o.least},
		&cli.Uint64Flag{Name: "max-block-time", Aliases: []string{"M"}, Value: math.MaxUint64, DefaultText: "no limit",
			Usage: "only waits of at most so many `MICROSECONDS`", Destination: &o.most},
	}, o.ways.Flags()...)
}

// StateFlag is --state.
func (o *Options) StateFlag() cli.Flag {
	return &cli.StringFlag{Name: "state", DefaultText: "all", Destination: &o.states,
		Usage: "only waits in one of the states that are the bits of `MASK`, as 2 is TASK_UNINTERRUPTIBLE; 0: the thread could have run on"}
}

// check reads the flags.
func (o *Options) check(s *toolkit.Session) error {
	if o.least == 0 || o.most == 0 {
		return errors.New("--min-block-time and --max-block-time: want a number of microseconds above 0")
	}
	if o.least > o.most {
		return fmt.Errorf("--min-block-time %d is above --max-block-time %d: nothing could be shown", o.least, o.most)
	}
	if o.byState() {
		var err error
		if o.state, err = strconv.ParseUint(o.states, 0, 32); err != nil {
			return fmt.Errorf("--state %s: want a number of 32 bits, as 2 for TASK_UNINTERRUPTIBLE", o.states)
		}
	}
	if err := stacktool.Seconds(s); err != nil {
		return err
	}
	if err := o.Threads.Check(); err != nil {
		return err
	}
	if o.KernelOnly() && o.UserStacksOnly() {
		return errors.New("--kernel-threads-only and --user-stacks-only: threads of the kernel's own have no stacks in user space")
	}
	return o.View.Check()
}

// byState tells that only waits in certain states are wanted.
func (o *Options) byState() bool { return o.states != "" }

// choose finds out how to trace.
func (o *Options) choose(s *toolkit.Session) error {
	own, err := s.OwnHeaders("threads cannot be looked into")
	if err != nil {
		return err
	}
	var foreign, nested error
	if !own {
		foreign = errors.New("the headers to compile with are another kernel's")
		if o.NeedsHeaders() || o.byState() {
			return fmt.Errorf("flags that look into threads (-u, -k, --state): %w; install the running kernel's and unset BCCGO_HEADERS and BCC_KERNEL_SOURCE", foreign)
		}
	}
	if o.Nested() {
		nested = errors.New("the tool is in a PID namespace of its own, whose numbers such a probe cannot know")
	}
	points := toolkit.Way{Name: "the scheduler's tracepoints", Kind: "tracepoint", Probes: []string{"tracepoint:sched:sched_switch"}}
	functions := toolkit.Way{Name: "the scheduler's functions", Kind: "kprobe", Probes: []string{"kprobe:finish_task_switch"}, Refused: errors.Join(foreign, nested)}
	if o.plan.wakers || o.plan.onlyWakeups {
		points.Probes = append(points.Probes, "tracepoint:sched:sched_waking")
		functions.Probes = append(functions.Probes, "kprobe:try_to_wake_up")
	}
	way, err := o.ways.Choose(s, "waits", points, functions)
	o.plan.kprobes = way.Kind == functions.Kind
	return err
}

// defines are those of the program.
func (o *Options) defines() (map[string]string, error) {
	all := make(map[string]string)
	o.Threads.Define(all)
	o.View.Define(all)
	for name, on := range map[string]bool{"BY_STATE": o.byState(), "BY_KPROBES": o.plan.kprobes, "WAKERS": o.plan.wakers, "ONLY_WAKEUPS": o.plan.onlyWakeups} {
		if on {
			all[name] = ""
		}
	}
	if !o.byState() && !o.plan.kprobes {
		return all, nil
	}
	renamed, err := bccgo.KernelStructHasField("task_struct", "__state") // since Linux 5.14
	all["STATE"] = map[bool]string{true: "__state", false: "state"}[renamed]
	return all, err
}

// config are the program's settings.
func (o *Options) config(on bool) config {
	c := config{Least: o.least, Most: o.most, State: o.state}
	c.KernelStacks, c.UserStacks = o.View.Stacks()
	if on {
		c.On = 1
	}
	return c
}
