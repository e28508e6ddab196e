// Llcstat counts references to the processors' last-level cache and misses of it, by
// process and processor.
package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

const program = `
#include <linux/sched.h>
#include <uapi/linux/bpf_perf_event.h>

struct config {
	u32 on;		/* after both events are open */
	u32 by_thread;
};

struct key {
	u32 cpu;
	u32 pid, tid;
	char comm[TASK_COMM_LEN];
};

struct count {
	u64 references, misses;
};

BPF_ARRAY(settings, struct config, 1);
BPF_HASH(counts, struct key, struct count, 65536);

/* The count of who is running, if there is room. */
static inline struct count *current_count(void)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);
	u64 id = bpf_get_current_pid_tgid();
	struct key key = {.cpu = bpf_get_smp_processor_id(), .pid = id >> 32};
	struct count none = {}, *count;

	if (!c || !c->on)
		return NULL;
	key.tid = c->by_thread ? (u32)id : key.pid;
	bpf_get_current_comm(&key.comm, sizeof(key.comm));
	count = counts.lookup_or_try_init(&key, &none);
	if (!count)
		miss(MISSED_CALLS);
	return count;
}

/* Each sample stands for as many events as there are between two. */
int on_reference(struct bpf_perf_event_data *ctx)
{
	struct count *count = current_count();

	if (count)
		lock_xadd(&count->references, ctx->sample_period);
	return 0;
}

int on_miss(struct bpf_perf_event_data *ctx)
{
	struct count *count = current_count();

	if (count)
		lock_xadd(&count->misses, ctx->sample_period);
	return 0;
}
`

// config is the program's struct config.
type config struct{ On, ByThread uint32 }

// event is a perf event, and the function of the program that takes its samples.
type event struct {
	name, function string
	typ            bccgo.PerfType
	config         uint64
}

// options are the flags and the argument.
type options struct {
	period   uint64
	byThread bool
	pid      uint
	events   [2]event
}

func main() { toolkit.Main(tool(hardware())) }

// hardware counts by the processors' counters.
func hardware() *options {
	return &options{events: [2]event{
		{"references to the last-level cache", "on_reference", bccgo.PerfTypeHardware, bccgo.PerfHWCacheReferences},
		{"misses of the last-level cache", "on_miss", bccgo.PerfTypeHardware, bccgo.PerfHWCacheMisses},
	}}
}

func tool(o *options) *toolkit.Tool {
	return &toolkit.Tool{
		Name:  "llcstat",
		Usage: "count references to the processors' last-level cache and misses",
		Description: "Prints how often each process used the last-level cache on each processor, and how\n" +
			"often what it wanted was not there: when so many seconds are over, 10 by default,\n" +
			"or by Ctrl-C. It takes the processors' counters, which most virtual machines lack.",
		MaxArgs: 1, ArgsUsage: "[duration]",
		Examples: []string{
			"llcstat                        # for 10 seconds",
			"llcstat -t 30                  # by thread, for 30 seconds",
			"llcstat -c 5000 -p 185         # one process, of whose events one in 5000 is sampled",
		},
		Flags: []cli.Flag{
			&cli.Uint64Flag{Name: "sample_period", Aliases: []string{"c"}, Value: 100, Usage: "sample one in so many `EVENTS`", Destination: &o.period},
			&cli.BoolFlag{Name: "tid", Aliases: []string{"t"}, Usage: "count by thread", Destination: &o.byThread},
			&cli.UintFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", Destination: &o.pid, DefaultText: "all"},
		},
		Run: o.run,
	}
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	if err := o.check(s); err != nil {
		return err
	}
	text := toolkit.MissedC + program
	if s.EBPF {
		return s.PrintC(text, nil)
	}
	m, err := bccgo.LoadContext(ctx, text, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	counts, err := bccgo.Map[key, count](m, "counts")
	if err != nil {
		return err
	}
	if err := o.attach(s, m); err != nil {
		return err
	}
	if err := toolkit.Configure(m, o.config()); err != nil {
		return err
	}
	if !s.JSON {
		s.Warnf("running for %v, Ctrl-C ends it", s.Duration)
	}
	s.Notef("tracing")
	s.Losses.What = "samples"
	p := &printer{s: s, byThread: o.byThread}
	if err := s.Every(ctx, 0, func(now time.Time, _ bool) error { return p.report(counts, now) }); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}

// check reads the flags and the argument, which comes before --duration.
func (o *options) check(s *toolkit.Session) error {
	if o.period == 0 {
		return errors.New("--sample_period 0: want a number of events above 0")
	}
	if s.Duration == 0 {
		s.Duration = 10 * time.Second
	}
	if len(s.Args) > 0 {
		seconds, err := strconv.ParseFloat(s.Args[0], 64)
		if err != nil || !(seconds > 0) || seconds > 1e9 {
			return fmt.Errorf("duration %q: want a number of seconds above 0", s.Args[0])
		}
		s.Duration = time.Duration(seconds * float64(time.Second))
	}
	return toolkit.CheckPID(o.pid)
}

func (o *options) attach(s *toolkit.Session, m *bccgo.Module) error {
	options := &bccgo.PerfEventOptions{SamplePeriod: o.period, PID: int(o.pid)}
	for _, e := range o.events {
		link, err := m.AttachPerfEvent(e.typ, e.config, e.function, options)
		if err != nil {
			return fmt.Errorf("count %s: %w", e.name, err)
		}
		s.Notef("attached to %s %s", link.Hook(), link.Target())
	}
	return nil
}

func (o *options) config() config {
	c := config{On: 1}
	if o.byThread {
		c.ByThread = 1
	}
	return c
}
