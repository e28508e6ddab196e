// Bashreadline prints the lines that are typed into bash.
package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// A line is what readline returns. Before that, readline_internal_teardown has
// returned it to readline: there a shell that was waiting for its line when the
// tracing began is caught too, as a return probe works only on calls that begin
// after it. But a compiler may have put that function into readline, so both
// are probed, and the later one passes over what the other has sent.
const program = `
#include <uapi/linux/ptrace.h>
#include <linux/sched.h>

#define TEXT_SIZE 256
#define PIECES 64

struct config {
	u32 on;		/* 0 until the rest is set */
	u32 pid;
};

/* One piece of a line. */
struct event {
	u64 time;
	u32 pid, uid;
	u32 index;
	u32 last;	/* whether this piece is the last one */
	s32 size;	/* of the text with the final 0, negative if unreadable */
	u32 unused;
	char comm[TASK_COMM_LEN];
	char text[TEXT_SIZE];
};

BPF_ARRAY(settings, struct config, 1);
BPF_PERF_OUTPUT(events);
/* The address of a thread's line that was sent before readline returned. */
BPF_TABLE("lru_hash", u32, u64, sent, 10240);

static inline int wanted(struct event *ev)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);
	char *comm = ev->comm;

	if (!c || !c->on)
		return 0;
	if (c->pid && c->pid != ev->pid)
		return 0;
#ifdef ONLY_BASH
	if (comm[0] != 'b' || comm[1] != 'a' || comm[2] != 's' || comm[3] != 'h' || comm[4])
		return 0;
#endif
	return 1;
}

static inline int send_line(struct pt_regs *ctx, const char *line)
{
	struct event ev = {};
	int i;

	ev.pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(&ev.comm, sizeof(ev.comm));
	if (!wanted(&ev))
		return 0;
	ev.time = bpf_ktime_get_ns();
	ev.uid = bpf_get_current_uid_gid();
#pragma unroll
	for (i = 0; i < PIECES; i++) {
		ev.index = i;
		ev.size = bpf_probe_read_user_str(ev.text, TEXT_SIZE, line + i * (TEXT_SIZE - 1));
		ev.last = ev.size < TEXT_SIZE || i == PIECES - 1;
		if (events.perf_submit(ctx, &ev, sizeof(ev)))
			miss(MISSED_EVENTS);
		if (ev.last)
			return 0;
	}
	return 0;
}

/* At the end of the input there is no line. */
int return_teardown(struct pt_regs *ctx)
{
	u64 line = PT_REGS_RC(ctx);
	u32 tid = bpf_get_current_pid_tgid();

	if (!line)
		return 0;
	sent.update(&tid, &line);
	return send_line(ctx, (const char *)line);
}

int return_readline(struct pt_regs *ctx)
{
	u64 line = PT_REGS_RC(ctx), *before;
	u32 tid = bpf_get_current_pid_tgid();

	if (!line)
		return 0;
	before = sent.lookup(&tid);
	if (before && *before == line) {
		sent.delete(&tid);
		return 0;
	}
	return send_line(ctx, (const char *)line);
}
`

// config is the program's struct config.
type config struct{ On, PID uint32 }

// The program's TEXT_SIZE and PIECES.
const (
	textSize = 256
	pieces   = 64
)

// event is the program's struct event.
type event struct {
	Time        uint64
	PID, UID    uint32
	Index, Last uint32
	Size        int32
	Unused      uint32
	Comm        bccgo.Comm
	Text        [textSize]byte
}

// options are the flags.
type options struct {
	shared string
	pid    int
}

// sharedDefault is what --shared means without a path.
const sharedDefault = "/lib/libreadline.so"

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "bashreadline",
		Usage: "trace the lines typed into bash",
		Description: "Prints a line for each that is entered into an interactive bash: the time, the\n" +
			"shell's process id and the line.",
		Examples: []string{
			"bashreadline                                # all shells that run /bin/bash",
			"bashreadline -p 1234                        # one shell",
			"bashreadline -s /usr/lib/libreadline.so.8   # bash with another library",
		},
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "shared", Aliases: []string{"s"}, Destination: &o.shared,
				Usage: "readline is in the library at `PATH`; without PATH, " + sharedDefault},
			&cli.IntFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", Destination: &o.pid, DefaultText: "all"},
		},
		Optional: map[string]string{"shared": sharedDefault, "s": sharedDefault},
		Run:      o.run,
	}
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	place, err := o.place()
	if err != nil {
		return err
	}
	defines := place.defines()
	if s.EBPF {
		return s.PrintC(toolkit.MissedC+program, defines)
	}
	m, err := bccgo.LoadContext(ctx, toolkit.MissedC+program, &bccgo.Options{Defines: defines})
	if err != nil {
		return err
	}
	defer m.Close()
	stream := bccgo.Stream[event](m, "events", &bccgo.StreamOptions{OnLost: s.Losses.Add, OrderBy: "time"})
	if err := place.attach(s, m); err != nil {
		return err
	}
	if err := toolkit.Configure(m, config{On: 1, PID: toolkit.KernelPID(o.pid)}); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	p := &printer{s: s}
	if err := p.heading(); err != nil {
		return err
	}
	s.Notef("tracing")
	if err := stream.Each(ctx, p.record); err != nil {
		return err
	}
	if err := p.finish(); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}
