// Bitesize prints how large the requests of disks are, as histograms by process.
package main

import (
	"context"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/hist"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

const program = `
struct config {
	u32 on;		/* 0 until all is ready */
};

struct comm_slot {
	char comm[16];
	u64 slot;
};

BPF_ARRAY(settings, struct config, 1);
BPF_HASH(sizes, struct comm_slot, u64, 16384);

TRACEPOINT_PROBE(block, block_rq_issue)
{
	struct comm_slot key = {.slot = bpf_log2l(args->bytes / 1024)};
	u64 none = 0, *n;
	int zero = 0;
	struct config *c = settings.lookup(&zero);

	if (!c || !c->on)
		return 0;
	bpf_probe_read_kernel(&key.comm, sizeof(key.comm), args->comm);
	n = sizes.lookup_or_try_init(&key, &none);
	if (n)
		lock_xadd(n, 1);
	else
		miss(MISSED_CALLS);
	return 0;
}
`

// config is the program's struct config.
type config struct{ On uint32 }

// commSlot is the program's struct comm_slot.
type commSlot struct {
	Comm bccgo.Comm
	Slot uint64
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	r := &hist.Report{}
	return &toolkit.Tool{
		Name:  "bitesize",
		Usage: "show the size of requests to disks as histograms by process",
		Description: "Prints a histogram of the sizes of requests for each name of a process, at the end\n" +
			"or every interval (in seconds), count times.",
		MaxArgs: 2, ArgsUsage: hist.ArgsUsage,
		Examples: []string{
			"bitesize                   # histograms at the end",
			"bitesize -T 5 6            # every 5 seconds, six times, with the time of day",
			"bitesize --svg sizes.svg 1 # a heat map over time as well",
		},
		Flags: r.Flags(),
		Run:   func(ctx context.Context, s *toolkit.Session) error { return run(ctx, s, r) },
	}
}

func run(ctx context.Context, s *toolkit.Session, r *hist.Report) error {
	s.Losses.What = "requests"
	const text = toolkit.MissedC + program
	if s.EBPF {
		return s.PrintC(text, nil)
	}
	if err := r.Prepare("bitesize", s.Args); err != nil {
		return err
	}
	defer r.Close()
	if _, err := bccgo.FirstProbe("tracepoint:block:block_rq_issue"); err != nil {
		return err
	}
	m, err := bccgo.LoadContext(ctx, text, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	sizes, err := toolkit.NewFresh[commSlot](m, "sizes", func(now, before uint64) uint64 { return now - before })
	if err != nil {
		return err
	}
	if err := toolkit.Configure(m, config{On: 1}); err != nil {
		return err
	}
	if !s.JSON {
		s.Warnf("measuring requests of disks until Ctrl-C")
	}
	s.Notef("tracing")
	err = r.Run(ctx, s, func() (*hist.Histograms, error) {
		fresh, err := sizes.Next()
		return histograms(fresh), err
	})
	if err != nil {
		return err
	}
	return s.Losses.Finish(m)
}
