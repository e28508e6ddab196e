// Cpudist prints how long threads stay on a processor, or off, as histograms.
package main

import (
	"context"
	"errors"
	"strconv"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/tools/internal/hist"
	"github.com/bccgo/bcc/tools/internal/sched"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

const program = toolkit.MissedC + sched.ThreadC + hist.C + `
struct times {
	u64 ns, count;
};

/* Since when threads are on, or off, a processor. Idle threads are one on each. */
BPF_HASH(since, u64, u64, 65536);
BPF_PERCPU_ARRAY(totals, struct times, 1);

static inline u64 key_of(struct thread *t)
{
	return t->tid ? t->tid : 1ULL << 32 | bpf_get_smp_processor_id();
}

static inline u64 group_of(struct thread *t)
{
#if defined(BY_PID)
	return t->pid;
#elif defined(BY_TID)
	return t->tid;
#endif
	return 0;
}

static inline void begin(struct thread *t, u64 now)
{
	u64 key = key_of(t);

	if (since.update(&key, &now))
		miss(MISSED_CALLS);
}

static inline void end(struct thread *t, u64 now)
{
	u64 key = key_of(t), *begun = since.lookup(&key);
	int zero = 0;
	struct times *total;
	u64 ns;

	if (!begun)
		return;
	ns = now > *begun ? now - *begun : 0;
	since.delete(&key);
	count_log2(group_of(t), ns / UNIT);
	total = totals.lookup(&zero);
	if (total) {
		total->ns += ns;
		total->count++;
	}
}

static inline void switched(void *ctx, struct thread *prev, enum leaving why, struct thread *next)
{
	struct config *c = config();
	u64 now = bpf_ktime_get_ns();

	if (!c)
		return;
#ifdef OFF_CPU
	if (wanted(c, prev) && why != LEAVES_TO_END)
		begin(prev, now);
	if (wanted(c, next))
		end(next, now);
#else
	if (wanted(c, prev))
		end(prev, now);
	if (wanted(c, next))
		begin(next, now);
#endif
}
` + sched.SwitchC

// options are the flags and arguments.
type options struct {
	offCPU, pids, tids bool
	idle, extension    bool
	target             sched.Target
	unit               sched.Unit
	report             hist.Report
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "cpudist",
		Usage: "show how long threads stay on a processor, as a histogram",
		Description: "Prints a histogram of the time for which threads stay on a processor, or off, at the\n" +
			"end or every interval (in seconds), count times.",
		MaxArgs: 2, ArgsUsage: hist.ArgsUsage,
		Examples: []string{
			"cpudist -P              # a histogram for each process, at the end",
			"cpudist -O -p 185       # how long a process is off",
			"cpudist -emT 1 10       # in milliseconds, with averages, every second, ten times",
		},
		Flags: append([]cli.Flag{
			&cli.BoolFlag{Name: "offcpu", Aliases: []string{"O"}, Usage: "measure the time off processors", Destination: &o.offCPU},
			o.unit.Flag(),
			&cli.BoolFlag{Name: "pids", Aliases: []string{"P"}, Usage: "print a histogram for each process", Destination: &o.pids},
			&cli.BoolFlag{Name: "tids", Aliases: []string{"L"}, Usage: "print a histogram for each thread", Destination: &o.tids},
			o.target.PIDFlag(),
			&cli.BoolFlag{Name: "include-idle", Aliases: []string{"I"}, Usage: "count processors' idle threads too", Destination: &o.idle},
			&cli.BoolFlag{Name: "extension", Aliases: []string{"e"}, Usage: "print the average, the total and the count as well", Destination: &o.extension},
		}, o.report.Flags()...),
		Run: o.run,
	}
}

// maxGroups is how many histograms there is room for, where there are several.
const maxGroups = 2048

// define checks the flags and selects the program's parts.
func (o *options) define(s *toolkit.Session) (defines map[string]string, own bool, err error) {
	if o.pids && o.tids {
		return nil, false, errors.New("--pids and --tids: give one of them")
	}
	if o.idle && o.target.PID != 0 {
		return nil, false, errors.New("--include-idle and --pid: idle threads belong to no process")
	}
	if err := o.target.Check(); err != nil {
		return nil, false, err
	}
	defines = map[string]string{"UNIT": o.unit.Define()}
	if o.offCPU {
		defines["OFF_CPU"] = ""
	}
	if o.pids {
		defines["BY_PID"], defines["GROUPS"] = "", strconv.Itoa(maxGroups)
	}
	if o.tids {
		defines["BY_TID"], defines["GROUPS"] = "", strconv.Itoa(maxGroups)
	}
	own, err = sched.Define(s, sched.Switches, defines)
	return defines, own, err
}

func (o *options) config() sched.Config {
	c := sched.Config{On: 1, PID: uint32(o.target.PID)}
	if o.idle {
		c.Idle = 1
	}
	return c
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	s.Losses.What = "times"
	what := "on"
	if o.offCPU {
		what = "off"
	}
	if err := o.report.Prepare("Time "+what+" processors", s.Args); err != nil {
		return err
	}
	defer o.report.Close()
	defines, own, err := o.define(s)
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
	c, err := newCounter(m)
	if err != nil {
		return err
	}
	if err := sched.Begin(m, own, o.config()); err != nil {
		return err
	}
	if !s.JSON {
		s.Warnf("timing threads %s processors until Ctrl-C", what)
	}
	s.Notef("tracing")
	p := &printer{options: o, next: c.next}
	o.report.Print = p.print
	if err := o.report.Run(ctx, s, p.histograms); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}
