// Swapin counts the pages that processes wait for to come back from swap space.
package main

import (
	"context"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/hist"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

const program = `
#include <linux/sched.h>

struct config {
	u32 on;		/* 0 until all is attached */
};

struct process {
	u32 pid;
	char comm[TASK_COMM_LEN];
};

BPF_ARRAY(settings, struct config, 1);
BPF_HASH(counts, struct process, u64, 10240);

int swap_in(struct pt_regs *ctx)
{
	struct process process = {.pid = bpf_get_current_pid_tgid() >> 32};
	int zero = 0;
	struct config *c = settings.lookup(&zero);
	u64 none = 0, *n;

	if (!c || !c->on)
		return 0;
	bpf_get_current_comm(&process.comm, sizeof(process.comm));
	n = counts.lookup_or_try_init(&process, &none);
	if (n)
		lock_xadd(n, 1);
	else
		miss(MISSED_CALLS);
	return 0;
}
`

// config is the program's struct config.
type config struct{ On uint32 }

// process is the program's struct process.
type process struct {
	PID  uint32
	Comm bccgo.Comm
}

// probes are functions that read from swap space: of a folio since Linux 6.8, of a
// page before. No tracepoint tells of it.
var probes = []string{"kprobe:swap_read_folio", "kprobe:swap_readpage"}

// options are the flags and arguments.
type options struct {
	noTime bool
	rounds hist.Rounds
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "swapin",
		Usage: "count what processes get back from swap space",
		Description: "Prints every interval (1 s), count times, which processes had pages read back from\n" +
			"swap space, and how many times.",
		MaxArgs: 2, ArgsUsage: hist.ArgsUsage,
		Examples: []string{
			"swapin               # every second",
			"swapin -T 5 12       # every 5 seconds, 12 times, without the time of day",
			"swapin --json 60     # for another program, every minute",
		},
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "notime", Aliases: []string{"T"}, Usage: "leave out the time of day", Destination: &o.noTime},
		},
		Run: o.run,
	}
}

func (o *options) run(ctx context.Context, s *toolkit.Session) (err error) {
	const text = toolkit.MissedC + program
	if s.EBPF {
		return s.PrintC(text, nil)
	}
	if o.rounds, err = hist.ParseRounds(s.Args); err != nil {
		return err
	}
	if o.rounds.Interval == 0 {
		o.rounds.Interval = time.Second
	}
	probe, err := bccgo.FirstProbe(probes...)
	if err != nil {
		return err
	}
	m, err := bccgo.LoadContext(ctx, text, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	counts, err := toolkit.NewFresh[process](m, "counts", func(now, before uint64) uint64 { return now - before })
	if err != nil {
		return err
	}
	if _, err := m.Attach(probe, "swap_in"); err != nil {
		return err
	}
	s.Notef("attached to %s", probe)
	if err := toolkit.Configure(m, config{On: 1}); err != nil {
		return err
	}
	if !s.JSON {
		s.Warnf("counting until Ctrl-C; output every %v", o.rounds.Interval)
	}
	s.Notef("tracing")
	p := &printer{o, s}
	err = o.rounds.Run(ctx, s, func(now time.Time, last bool) error {
		fresh, err := counts.Next()
		if err != nil || last && o.rounds.Count == 0 && len(fresh) == 0 {
			return err
		}
		return p.print(now, fresh)
	})
	if err != nil {
		return err
	}
	return s.Losses.Finish(m)
}
