// Runqslower prints threads that waited long for a processor.
package main

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/sched"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

const program = toolkit.MissedC + sched.ThreadC + `
struct event {
	u64 time;
	u64 wait_ns;
	u32 pid, tid;
	u32 prev_tid;
	char comm[TASK_COMM_LEN];
	char prev_comm[TASK_COMM_LEN];
};

BPF_PERF_OUTPUT(events);

static inline void waited(void *ctx, struct config *c, struct thread *next,
			  struct thread *prev, u64 ns)
{
	struct event ev = {};

	if (c->min_ns && ns <= c->min_ns)
		return;
	ev.time = bpf_ktime_get_ns();
	ev.wait_ns = ns;
	ev.pid = next->pid;
	ev.tid = next->tid;
	ev.prev_tid = prev->tid;
	bpf_probe_read_kernel(&ev.comm, sizeof(ev.comm), next->comm);
	bpf_probe_read_kernel(&ev.prev_comm, sizeof(ev.prev_comm), prev->comm);
	if (events.perf_submit(ctx, &ev, sizeof(ev)))
		miss(MISSED_EVENTS);
}
` + sched.WaitC + sched.SwitchC

// event is the program's struct event.
type event struct {
	Time           uint64
	WaitNs         uint64
	PID, TID       uint32
	PrevTID        uint32
	Comm, PrevComm bccgo.Comm
}

// options are the flags and the argument.
type options struct {
	previous bool
	target   sched.Target
	min      time.Duration
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "runqslower",
		Usage: "trace threads that waited long for a processor",
		Description: "Prints a line for each thread that could run, and waited longer than min_us\n" +
			"microseconds (10000 if not given) until it did.",
		MaxArgs: 1, ArgsUsage: "[min_us]",
		Examples: []string{
			"runqslower             # waits of more than 10 milliseconds",
			"runqslower -P 1000     # of more than 1, with what ran before",
			"runqslower -p 185 0    # all of a process",
		},
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "previous", Aliases: []string{"P"}, Usage: "print what ran on the processor before", Destination: &o.previous},
			o.target.PIDFlag(),
			o.target.TIDFlag(),
		},
		Run: o.run,
	}
}

// check reads the argument and checks the flags.
func (o *options) check(args []string) error {
	o.min = 10 * time.Millisecond
	if len(args) > 0 {
		us, err := strconv.ParseUint(args[0], 10, 64)
		if err != nil || us > math.MaxInt64/1000 {
			return fmt.Errorf("min_us %q: want a number of microseconds", args[0])
		}
		o.min = time.Duration(us) * time.Microsecond
	}
	return o.target.Check()
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	s.Losses.What = "waits"
	if err := o.check(s.Args); err != nil {
		return err
	}
	defines := map[string]string{}
	own, err := sched.Define(s, sched.Waits, defines)
	if err != nil {
		return err
	}
	if s.EBPF {
		return s.PrintC(program, defines)
	}
	m, err := sched.Load(ctx, s, program, defines)
	if err != nil {
		return err
	}
	defer m.Close()
	stream := bccgo.Stream[event](m, "events", &bccgo.StreamOptions{OnLost: s.Losses.Add})
	config := sched.Config{On: 1, PID: uint32(o.target.PID), TID: uint32(o.target.TID), MinNs: uint64(o.min)}
	if err := sched.Begin(m, own, config); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	p := &printer{options: o, s: s}
	if err := p.heading(); err != nil {
		return err
	}
	s.Notef("tracing")
	if err := stream.Each(ctx, p.record); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}
