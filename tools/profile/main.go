// Profile shows on what the processors spend their time, by samples of stacks.
package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/stacks"
	"github.com/bccgo/bcc/tools/internal/stacktool"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

const program = `
#include <uapi/linux/bpf_perf_event.h>

struct config {
	u32 on;
	u32 kernel_stacks, user_stacks;
};

struct key {
	u64 kernel, user;
	u32 pid;
	u32 unused;
	char comm[TASK_COMM_LEN];
};

BPF_ARRAY(settings, struct config, 1);
BPF_HASH(sums, struct key, u64, SUMS);

int on_sample(struct bpf_perf_event_data *ctx)
{
	int first = 0;
	u64 none = 0, id = 0, *sum;
	struct key key = {};
	struct config *c = settings.lookup(&first);
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	if (!c || !c->on)
		return 0;
#ifndef WITH_IDLE
	if (!(u32)bpf_get_current_pid_tgid())
		return 0;
#endif
	if (!thread_id(&id) || !wanted(task, id) || filtered_out())
		return 0;
	key.pid = id >> 32;
	bpf_get_current_comm(&key.comm, sizeof(key.comm));
	if (c->kernel_stacks)
		key.kernel = kernel_stack(ctx);
	if (c->user_stacks)
		key.user = process_stack(ctx);
	sum = sums.lookup_or_try_init(&key, &none);
	if (sum)
		lock_xadd(sum, 1);
	else
		miss(MISSED_CALLS);
	return 0;
}
`

// config is the program's struct config.
type config struct{ On, KernelStacks, UserStacks uint32 }

// key is the program's struct key.
type key struct {
	Kernel, User uint64
	PID, Unused  uint32
	Comm         bccgo.Comm
}

// options are the flags.
type options struct {
	stacktool.Threads
	stacktool.View
	containers       toolkit.Containers
	frequency, count int
	cpu              int
	idle             bool
}

var layout = stacktool.Layout{Text: stacktool.ThreadText, Folded: stacktool.ThreadFolded, Record: stacktool.CountedRecord}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "profile",
		Usage: "show on what the processors spend their time",
		Description: "Looks at what runs on each processor many times a second, and prints at the end\n" +
			"how often each stack was seen, the most frequent one last.",
		MaxArgs: 1, ArgsUsage: "[duration]", DurationName: "D",
		Examples: []string{
			"profile 5                # for 5 seconds, 49 times a second",
			"profile -F 99 -p 185     # of one process, 99 times a second",
			"profile -adf 5 >out.folded   # for programs that draw flame graphs",
			"profile --flamegraph out.svg --pprof out.pb.gz 30  # a picture for a browser, and for pprof",
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	all := []cli.Flag{o.PIDFlag(), o.TIDFlag("L")}
	all = append(all, o.ChoiceFlags()...)
	all = append(all,
		&cli.IntFlag{Name: "frequency", Aliases: []string{"F"}, Value: unset, Usage: "look so many `TIMES` a second", DefaultText: "49", Destination: &o.frequency},
		&cli.IntFlag{Name: "count", Aliases: []string{"c"}, Value: unset, Usage: "look after so many `EVENTS`: nanoseconds, or cycles where they are counted",
			DefaultText: "by time", Destination: &o.count},
		&cli.BoolFlag{Name: "annotations", Aliases: []string{"a"}, Usage: "add _[k] to functions of the kernel", Destination: &o.Form.Marked},
		&cli.BoolFlag{Name: "address", Aliases: []string{"A"}, Usage: "print addresses", Destination: &o.Form.Address},
		&cli.BoolFlag{Name: "include-idle", Aliases: []string{"I"}, Usage: "count idle processors, too", Destination: &o.idle},
		&cli.IntFlag{Name: "cpu", Aliases: []string{"C"}, Value: -1, Usage: "only processor `CPU`", DefaultText: "all", Destination: &o.cpu})
	all = append(all, o.View.Flags()...)
	return append(all, o.containers.Flags()...)
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	if err := o.check(s); err != nil {
		return err
	}
	defines, err := o.defines(s)
	if err != nil {
		return err
	}
	s.Losses.What = "samples"
	t := &stacktool.Tracing{
		View: &o.View, Threads: &o.Threads, Defines: defines,
		Text:    toolkit.MissedC + toolkit.StacksC + stacktool.ThreadsC + toolkit.ContainersC + program,
		Attach:  func(m *bccgo.Module) error { return o.attach(s, m) },
		Switch:  func(m *bccgo.Module, on bool) error { return toolkit.Configure(m, o.config(on)) },
		Samples: samples,
		Layout:  layout,
		What:    o.what(),
		Title:   "profile", Unit: "samples",
	}
	return t.Run(ctx, s)
}

// config are the program's settings.
func (o *options) config(on bool) config {
	var c config
	c.KernelStacks, c.UserStacks = o.View.Stacks()
	if on {
		c.On = 1
	}
	return c
}

// what says what is done.
func (o *options) what() string {
	every := fmt.Sprintf("at %d Hertz", o.frequency)
	if o.count > 0 {
		every = fmt.Sprintf("every %d events", o.count)
	}
	where := ""
	if o.cpu >= 0 {
		where = fmt.Sprintf(" on processor %d", o.cpu)
	}
	return fmt.Sprintf("sampling %s of %v by %v%s", every, &o.Threads, &o.View, where)
}

// samples reads the program's counts.
func samples(m *bccgo.Module, kept *stacks.Store) ([]stacks.Sample, error) {
	sums, err := bccgo.Map[key, uint64](m, "sums")
	if err != nil {
		return nil, err
	}
	var all []stacks.Sample
	for k, n := range sums.All() {
		s := stacks.Sample{Comm: k.Comm.String(), PID: k.PID, Count: n}
		if s.Kernel, err = kept.Kernel(k.Kernel); err != nil {
			return nil, err
		}
		if s.User, err = kept.User(k.User, k.PID); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	if err := sums.Err(); err != nil {
		return nil, fmt.Errorf("read the counts: %w", err)
	}
	return all, nil
}

// attach samples the processor's cycles, which also sees what runs with interrupts
// off, or where those are not counted, as in most virtual machines, the clock.
func (o *options) attach(s *toolkit.Session, m *bccgo.Module) error {
	event := &bccgo.PerfEventOptions{SampleFreq: uint64(o.frequency), SamplePeriod: uint64(o.count)}
	if o.cpu >= 0 {
		event.CPUs = []int{o.cpu}
	}
	_, err := m.AttachPerfEvent(bccgo.PerfTypeHardware, bccgo.PerfHWCPUCycles, "on_sample", event)
	var absent *bccgo.UnsupportedError
	if errors.As(err, &absent) {
		s.Notef("not by the processor's cycles: %v", err)
		_, err = m.AttachPerfEvent(bccgo.PerfTypeSoftware, bccgo.PerfSWCPUClock, "on_sample", event)
	}
	if err != nil {
		return err
	}
	for _, l := range m.Links() {
		s.Notef("attached to %s %s", l.Hook(), l.Target())
	}
	return nil
}
