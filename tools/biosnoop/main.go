// Biosnoop prints every request of a disk: who made it, where, how large it was and
// how long it took.
package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/blockio"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

const program = `
enum { PATTERN_UNKNOWN, PATTERN_SEQUENTIAL, PATTERN_RANDOM };

struct event {
	u64 time;	/* when the request was done */
	u64 begin;	/* when the disk got it */
	u64 made;	/* 0 if that was not seen */
	u64 disk;
	u64 sector;
	u32 bytes;
	u32 pid;
	u32 pattern;
	u32 op;
	char comm[TASK_COMM_LEN];
};

BPF_PERF_OUTPUT(events);

#ifdef WITH_PATTERN
/* Where the last request of a disk ended. */
BPF_HASH(ends, u64, u64, 4096);

static inline u32 pattern_of(u64 disk, struct io *io)
{
	u64 end = io->sector + io->bytes / 512, *last = ends.lookup(&disk);
	u32 pattern = PATTERN_UNKNOWN;

	if (last)
		pattern = *last == io->sector ? PATTERN_SEQUENTIAL : PATTERN_RANDOM;
	ends.update(&disk, &end);
	return pattern;
}
#else
#define pattern_of(disk, io) PATTERN_UNKNOWN
#endif

static inline void ended(void *ctx, struct io *io, u64 disk, u64 flags, u64 now)
{
	struct event ev = {
		.time = now, .begin = io->begin, .made = io->made,
		.disk = disk, .sector = io->sector, .bytes = io->bytes,
		.pid = io->pid, .pattern = pattern_of(disk, io), .op = op_of(flags),
	};

	__builtin_memcpy(&ev.comm, &io->comm, sizeof(ev.comm));
	if (events.perf_submit(ctx, &ev, sizeof(ev)))
		miss(MISSED_EVENTS);
}
`

// event is the program's struct event.
type event struct {
	Time, Begin, Made uint64
	Disk, Sector      uint64
	Bytes, PID        uint32
	Pattern, Op       uint32
	Comm              bccgo.Comm
}

// options are the flags.
type options struct {
	queue, pattern bool
	disk           string
	follow         blockio.Options
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "biosnoop",
		Usage: "trace requests of disks",
		Description: "Prints a line for each request when the disk has done it: who made it, the disk,\n" +
			"the operation, where, how large, and how long the disk took.",
		Examples: []string{
			"biosnoop               # all requests",
			"biosnoop -Q            # with the time that they waited in the kernel's queues",
			"biosnoop -P -d sdc     # of one disk, sequential ones told from random ones",
		},
		Flags: append([]cli.Flag{
			&cli.BoolFlag{Name: "queue", Aliases: []string{"Q"}, Usage: "print the time in the kernel's queues as well", Destination: &o.queue},
			&cli.BoolFlag{Name: "pattern", Aliases: []string{"P"}, Usage: "tell requests that follow the one before on the disk from others", Destination: &o.pattern},
			blockio.DiskFlag(&o.disk),
		}, o.follow.Flags()...),
		Run: o.run,
	}
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	s.Losses.What = "requests"
	plan, err := o.follow.Plan(s, o.disk, blockio.Want{Disk: true, Owner: true})
	if err != nil {
		return err
	}
	if o.pattern {
		plan.Defines["WITH_PATTERN"] = ""
	}
	const text = toolkit.MissedC + blockio.WithOwnerC + blockio.TypesC + program + blockio.FollowC
	if s.EBPF {
		return s.PrintC(text, plan.Defines)
	}
	m, err := bccgo.LoadContext(ctx, text, &bccgo.Options{Defines: plan.Defines})
	if err != nil {
		return err
	}
	defer m.Close()
	stream := bccgo.Stream[event](m, "events", &bccgo.StreamOptions{OnLost: s.Losses.Add, OrderBy: "time"})
	if err := plan.Attach(s, m); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	p := &printer{options: o, s: s, disks: blockio.NewDisks("/")}
	if err := p.heading(); err != nil {
		return err
	}
	s.Notef("tracing")
	if err := stream.Each(ctx, p.print); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}
