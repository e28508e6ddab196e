// Fileslower prints reads and writes of files that take longer than a limit.
package main

import (
	"context"
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/fsops"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// program remembers a read or write until it ends, by its thread. The file may be
// gone by then: another thread can have closed it. So its name is taken beforehand.
const program = `
struct call {
	u64 begin;
	u64 size;
	char name[NAME_SIZE];
};

struct event {
	u64 time;	/* of the end */
	u64 took;
	u64 size;	/* as asked for */
	s64 result;
	u32 pid, tid;
	u32 write;
	u32 unused;
	char comm[TASK_COMM_LEN];
	char name[NAME_SIZE];
};

BPF_HASH(calls, u32, struct call);
BPF_PERF_OUTPUT(events);

static inline void io_began(struct config *c, struct file *file, u64 size, int write)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct call call = {.size = size};

	name_of(file, call.name);
	call.begin = bpf_ktime_get_ns();
	if (calls.update(&tid, &call))
		miss(MISSED_CALLS);
}

static inline void io_ended(void *ctx, int write, s64 result)
{
	u64 now = bpf_ktime_get_ns(), id = bpf_get_current_pid_tgid();
	struct event ev = {.time = now, .result = result, .write = write};
	u32 tid = id;
	struct call *call = calls.lookup(&tid);
	struct config *c = wanted_settings();

	if (!call || !c)
		return;
	ev.took = now - call->begin;
	if (ev.took < c->least)
		goto forget;
	ev.size = call->size;
	ev.pid = id >> 32;
	ev.tid = id;
	bpf_get_current_comm(&ev.comm, sizeof(ev.comm));
	bpf_probe_read_kernel_str(ev.name, NAME_SIZE, call->name);
	if (events.perf_submit(ctx, &ev, sizeof(ev)))
		miss(MISSED_EVENTS);
forget:
	calls.delete(&tid);
}
`

// event is the program's struct event.
type event struct {
	Time, Took uint64
	Size       uint64
	Result     int64
	PID, TID   uint32
	Write      uint32
	Unused     uint32
	Comm       bccgo.Comm
	Name       [256]byte
}

func main() { toolkit.Main(tool()) }

// options are the flags.
type options struct {
	pid uint
	all bool
	io  fsops.IO
}

func tool() *toolkit.Tool {
	o := &options{io: fsops.IO{Returns: true}}
	return &toolkit.Tool{
		Name:  "fileslower",
		Usage: "trace slow reads and writes of files",
		Description: "Prints reads and writes of files, of whatever file system, that take at least\n" +
			"min_ms milliseconds, 10 by default; 0 means all.",
		MaxArgs: 1, ArgsUsage: "[min_ms]",
		Examples: []string{
			"fileslower             # those that take 10 ms or more",
			"fileslower -p 185 0.5  # of one process, from half a millisecond on",
			"fileslower -a 1000     # also of terminals and devices, from a second on",
		},
		Flags: append([]cli.Flag{
			&cli.UintFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", Destination: &o.pid},
			&cli.BoolFlag{Name: "all-files", Aliases: []string{"a"}, Usage: "also what is not a regular file, such as a FIFO or a terminal", Destination: &o.all},
		}, o.io.Flags()...),
		Run: o.run,
	}
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	limit, err := fsops.Limit(s.Args)
	if err != nil {
		return err
	}
	conf := fsops.IOConfig{On: 1, Least: uint64(limit)}
	if o.all {
		conf.All = 1
	}
	if conf.PID, err = fsops.KernelPID(o.pid); err != nil {
		return err
	}
	const text = toolkit.MissedC + fsops.NameC + fsops.IOC + program
	defines := map[string]string{}
	if err := o.io.Define(s, defines); err != nil {
		return err
	}
	if s.EBPF {
		return s.PrintC(text, defines)
	}
	m, err := bccgo.LoadContext(ctx, text, &bccgo.Options{Defines: defines})
	if err != nil {
		return err
	}
	defer m.Close()
	stream := bccgo.Stream[event](m, "events", &bccgo.StreamOptions{OnLost: s.Losses.Add, OrderBy: "time"})
	if err := o.io.Attach(s, m); err != nil {
		return err
	}
	p := &printer{s: s, begin: bccgo.MonotonicTime()}
	if err := toolkit.Configure(m, conf); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	if !s.JSON {
		s.Warnf("tracing reads and writes%s until Ctrl-C", fsops.Than(" of at least", limit))
	}
	if err := p.heading(); err != nil {
		return err
	}
	s.Notef("tracing")
	err = stream.Each(ctx, p.record)
	return errors.Join(err, s.Losses.Finish(m))
}
