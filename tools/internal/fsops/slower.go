package fsops

import (
	"context"
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// slowerC sends operations that took long.
const slowerC = `
struct event {
	u64 time;	/* of the return */
	u64 took;
	s64 ret;
	s64 offset;
	u32 pid, tid;
	u32 op;
	u32 unused;
	char comm[TASK_COMM_LEN];
	char name[NAME_SIZE];
};

BPF_PERF_OUTPUT(events);

/* Where data were really read or written: a write may have gone to the end. */
static inline s64 offset_of(struct call *call, s64 done)
{
	s64 after = 0;

	if (!call->iocb || done <= 0)
		return call->offset;
	bpf_probe_read_kernel(&after, sizeof(after), &call->iocb->ki_pos);
	return after >= done ? after - done : call->offset;
}

static inline void ended(struct pt_regs *ctx, u32 op, struct call *call, u64 now)
{
	u64 id = bpf_get_current_pid_tgid();
	struct event ev = {.time = now, .took = now - call->begin, .op = op};

	/* Functions that return an int leave the upper half of the register as it is. */
	ev.ret = op == READ_OP || op == WRITE_OP ? (s64)PT_REGS_RC(ctx) : (int)PT_REGS_RC(ctx);
	ev.offset = offset_of(call, ev.ret);
	ev.pid = id >> 32;
	ev.tid = id;
	bpf_get_current_comm(&ev.comm, sizeof(ev.comm));
	name_of(call->file, ev.name);
	if (events.perf_submit(ctx, &ev, sizeof(ev)))
		miss(MISSED_EVENTS);
}
`

// event is the program's struct event.
type event struct {
	Time, Took  uint64
	Ret, Offset int64
	PID, TID    uint32
	Op, Unused  uint32
	Comm        bccgo.Comm
	Name        [256]byte
}

// slower are the options of the tools that print slow operations.
type slower struct {
	fs  *FileSystem
	csv bool
	pid uint
}

// Slower is the tool that prints the operations of a file system that take longer
// than a limit.
func Slower(fs *FileSystem) *toolkit.Tool {
	o := &slower{fs: fs}
	name := fs.Name + "slower"
	return &toolkit.Tool{
		Name:  name,
		Usage: "trace slow operations on files of " + fs.Title,
		Description: "Prints reads, writes, opens and fsyncs of files on " + fs.Title + " that take longer than\n" +
			"min_ms milliseconds, 10 by default; 0 means all.",
		MaxArgs: 1, ArgsUsage: "[min_ms]",
		Examples: []string{
			name + "             # operations slower than 10 ms",
			name + " -p 185 0.5  # of one process, slower than half a millisecond",
			name + " -j 1        # slower than 1 ms, as comma-separated values",
		},
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "csv", Aliases: []string{"j"}, Usage: "print comma-separated values, in bytes and microseconds", Destination: &o.csv},
			&cli.UintFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", Destination: &o.pid},
		},
		Run: o.run,
	}
}

func (o *slower) run(ctx context.Context, s *toolkit.Session) error {
	s.Losses.What = "operations"
	limit, err := Limit(s.Args)
	if err != nil {
		return err
	}
	if o.csv && s.JSON {
		return errors.New("--csv and --json: give one of them")
	}
	conf := config{On: 1, Magic: o.fs.Magic, Least: uint64(limit)}
	if conf.PID, err = KernelPID(o.pid); err != nil {
		return err
	}
	const text = toolkit.MissedC + NameC + callsC + slowerC
	if s.EBPF {
		return s.PrintC(text, nil)
	}
	m, err := o.fs.load(ctx, s, text, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	stream := bccgo.Stream[event](m, "events", &bccgo.StreamOptions{OnLost: s.Losses.Add, OrderBy: "time"})
	if err := toolkit.Configure(m, conf); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	if !s.JSON && !o.csv {
		s.Warnf("tracing %s operations%s until Ctrl-C", o.fs.Title, Than(" slower than", limit))
	}
	if err := o.heading(s); err != nil {
		return err
	}
	s.Notef("tracing")
	err = stream.Each(ctx, func(ev *event) error { return o.print(s, ev) })
	return errors.Join(err, s.Losses.Finish(m))
}

// load compiles a text and attaches it to the file system's functions. It does
// nothing until it is configured.
func (f *FileSystem) load(ctx context.Context, s *toolkit.Session, text string, defines map[string]string) (*bccgo.Module, error) {
	functions, err := f.find(s)
	if err != nil {
		return nil, err
	}
	if err := NeedHeaders(); err != nil {
		return nil, err
	}
	m, err := bccgo.LoadContext(ctx, text, &bccgo.Options{Defines: defines})
	if err != nil {
		return nil, err
	}
	if err := attach(s, m, functions); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

func (o *slower) heading(s *toolkit.Session) error {
	switch {
	case s.JSON:
		return nil
	case o.csv:
		return s.Out.Printf("ENDTIME_us,TASK,PID,TYPE,BYTES,OFFSET_b,LATENCY_us,FILE\n")
	}
	return s.Out.Printf("%-8s %-14s %-6s %1s %-7s %-8s %7s %s\n", "TIME", "COMM", "PID", "T", "BYTES", "OFF_KB", "LAT(ms)", "FILENAME")
}
