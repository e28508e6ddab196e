// Oomkill prints every process that the kernel kills because memory ran out.
package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/snoop"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// The tracepoint has every victim; the function, inside of which it is reached, knows
// how much memory there was, and names the first of them.
const program = `
#include <linux/sched.h>

struct event {
	struct who who;		/* who needed memory */
	u64 pages;		/* how many there are; 0 if not known */
	u32 victim;
	u32 unused;
	char victim_comm[TASK_COMM_LEN];	/* empty if not known */
};

#ifdef USE_KPROBES
#include <linux/oom.h>

struct killing {
	u64 pages;
	u32 tid, pid;
	char comm[TASK_COMM_LEN];
};

BPF_HASH(killings, u64, struct killing);

int enter_kill(struct pt_regs *ctx)
{
	struct oom_control *oc = (struct oom_control *)PT_REGS_PARM1(ctx);
	struct task_struct *chosen = NULL;
	struct killing k = {};
	u64 id = bpf_get_current_pid_tgid();

	bpf_probe_read_kernel(&chosen, sizeof(chosen), &oc->chosen);
	bpf_probe_read_kernel(&k.pages, sizeof(k.pages), &oc->totalpages);
	bpf_probe_read_kernel(&k.tid, sizeof(k.tid), &chosen->pid);
	bpf_probe_read_kernel(&k.pid, sizeof(k.pid), &chosen->tgid);
	bpf_probe_read_kernel(&k.comm, sizeof(k.comm), &chosen->comm);
	if (killings.update(&id, &k))
		miss(MISSED_CALLS);
	return 0;
}

int return_kill(struct pt_regs *ctx)
{
	u64 id = bpf_get_current_pid_tgid();

	killings.delete(&id);
	return 0;
}

static inline void know(struct event *ev)
{
	u64 id = bpf_get_current_pid_tgid();
	struct killing *k = killings.lookup(&id);

	if (!k)
		return;
	ev->pages = k->pages;
	if (ev->victim != k->tid && ev->victim != k->pid)
		return;
	ev->victim = k->pid;
	__builtin_memcpy(ev->victim_comm, k->comm, sizeof(k->comm));
}
#else
static inline void know(struct event *ev)
{
}
#endif

TRACEPOINT_PROBE(oom, mark_victim)
{
	struct event ev = {.victim = args->pid};

	if (!task_wanted())
		return 0;
	sign(&ev.who);
#ifdef VICTIM_NAMED
	TP_DATA_LOC_READ_STR(&ev.victim_comm, comm, sizeof(ev.victim_comm));
#endif
	know(&ev);
	if (events.perf_submit(args, &ev, sizeof(ev)))
		miss(MISSED_EVENTS);
	return 0;
}
`

// text is the program with what it is built on.
const text = toolkit.MissedC + snoop.TasksC + program

// event is the program's struct event.
type event struct {
	Who            snoop.Who
	Pages          uint64
	Victim, Unused uint32
	VictimComm     bccgo.Comm
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := new(options)
	return &toolkit.Tool{
		Name:        "oomkill",
		Usage:       "trace processes killed because memory ran out",
		Description: "Prints a line for each process that the kernel kills for its memory: who needed\nmemory, who was killed, how many pages there are, and the load averages.",
		Examples: []string{
			"oomkill             # all, until Ctrl-C",
			"oomkill -d 3600     # for an hour",
			"oomkill --json      # one JSON object for each",
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag { return o.ways.Flags() }

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	defines, err := o.choose(s)
	if err != nil {
		return err
	}
	s.Losses.What = "kills"
	p := &printer{s: s}
	t := snoop.Trace[event]{
		Text: text, Defines: defines,
		Stream:  bccgo.StreamOptions{Immediate: true}, // the victim may not be there for long
		Attach:  o.attach,
		Begin:   o.tasks.Begin,
		Heading: p.heading, Record: p.record,
	}
	return t.Run(ctx, s)
}
