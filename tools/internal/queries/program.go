package queries

import "github.com/bccgo/bcc/tools/internal/toolkit"

// commonC chooses processes. Of functions that a tool attaches it knows none.
const commonC = toolkit.MissedC + `
#include <uapi/linux/ptrace.h>
#include <linux/sched.h>

struct config {
	u64 threshold;	/* ns */
	u32 on;		/* 0 until the rest is set */
	u32 by_pid;
};

BPF_ARRAY(settings, struct config, 1);
BPF_HASH(pids, u32, u32, 1024);

static inline struct config *config_of_process(void)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32;
	int zero = 0;
	struct config *c = settings.lookup(&zero);

	if (!c || !c->on || (c->by_pid && !pids.lookup(&pid)))
		return NULL;
	return c;
}
`

// TextC sends each query that is slow enough with its text. The text is copied
// when the query starts, as the server may write over it, straight into the table
// of running queries: it is too large for the stack. What starts a table's entry
// is an empty one that is never written to. A query that fails may have no end;
// the thread's next one takes its place.
const TextC = commonC + `
#define TEXT_SIZE 4096

struct event {
	u64 time;	/* of the end */
	u64 delta;
	u32 pid, tid;
	s32 size;	/* of the text, negative if unreadable */
	u32 cut;	/* whether the text goes on */
};

struct running {
	struct event event;
	char text[TEXT_SIZE];
};

BPF_ARRAY(empty, struct running, 1);
BPF_TABLE("lru_hash", u32, struct running, queries, 2048);
BPF_PERF_OUTPUT(events);

/* Texts whose length is not known end with a 0. */
static inline void read_text(struct running *r, const char *text, u64 length)
{
	struct event *ev = &r->event;
	char next = 0;

	if (length) {
		if (length > TEXT_SIZE - 1) {
			length = TEXT_SIZE - 1;
			ev->cut = 1;
		}
		ev->size = bpf_probe_read_user(r->text, length, text) ? -1 : length;
		return;
	}
	ev->size = bpf_probe_read_user_str(r->text, TEXT_SIZE, text);
	if (ev->size > 0)
		ev->size--;
	if (ev->size == TEXT_SIZE - 1)
		bpf_probe_read_user(&next, sizeof(next), text + TEXT_SIZE - 1);
	ev->cut = next != 0;
}

static inline int begin(const char *text, u64 length)
{
	u32 tid = bpf_get_current_pid_tgid();
	int zero = 0;
	struct running *r = empty.lookup(&zero);

	if (!r || !config_of_process())
		return 0;
	queries.update(&tid, r);
	r = queries.lookup(&tid);
	if (!r) {
		miss(MISSED_CALLS);
		return 0;
	}
	read_text(r, text, length);
	r->event.pid = bpf_get_current_pid_tgid() >> 32;
	r->event.tid = tid;
	r->event.time = bpf_ktime_get_ns();
	return 0;
}

static inline int end(struct pt_regs *ctx)
{
	u32 size, tid = bpf_get_current_pid_tgid();
	struct config *c = config_of_process();
	struct running *r = queries.lookup(&tid);
	struct event *ev;
	u64 now;

	if (!c || !r)
		return 0;	/* it started before we did */
	ev = &r->event;
	now = bpf_ktime_get_ns();
	ev->delta = now - ev->time;
	ev->time = now;
	size = ev->size < 0 ? 0 : ev->size;
	size &= TEXT_SIZE - 1;
	if (ev->delta >= c->threshold && events.perf_submit(ctx, ev, sizeof(*ev) + size))
		miss(MISSED_EVENTS);
	queries.delete(&tid);
	return 0;
}
`

// CountC counts queries by how long they took, in units of UNIT ns.
const CountC = commonC + `
BPF_TABLE("lru_hash", u32, u64, queries, 10240);
BPF_HISTOGRAM(latency);

static inline int begin(const char *text, u64 length)
{
	u32 tid = bpf_get_current_pid_tgid();
	u64 now = bpf_ktime_get_ns();

	if (config_of_process())
		queries.update(&tid, &now);
	return 0;
}

static inline int end(struct pt_regs *ctx)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct config *c = config_of_process();
	u64 delta, *begun = queries.lookup(&tid);

	if (!c || !begun)
		return 0;	/* it started before we did */
	delta = bpf_ktime_get_ns() - *begun;
	if (delta >= c->threshold)
		latency.atomic_increment(bpf_log2l(delta / UNIT));
	queries.delete(&tid);
	return 0;
}
`

// probesC is for servers with static probes.
const probesC = `
int query_start(struct pt_regs *ctx)
{
	u64 text = 0;

	bpf_usdt_readarg(1, ctx, &text);
	return begin((const char *)text, 0);
}

int query_done(struct pt_regs *ctx)
{
	return end(ctx);
}
`

// dispatchC is for MySQL's function dispatch_command, which has a COM_DATA from
// MySQL 5.7 on, and before and in MariaDB a packet.
const dispatchC = `
#define COM_QUERY 3

struct com_query {
	const char *text;
	u32 length;
};

int enter_data(struct pt_regs *ctx)
{
	struct com_query q = {};

	if ((u32)PT_REGS_PARM3(ctx) != COM_QUERY)
		return 0;
	bpf_probe_read_user(&q, sizeof(q), (void *)PT_REGS_PARM2(ctx));
	return begin(q.text, q.length);
}

int enter_packet(struct pt_regs *ctx)
{
	if ((u32)PT_REGS_PARM1(ctx) != COM_QUERY)
		return 0;
	return begin((const char *)PT_REGS_PARM3(ctx), (u32)PT_REGS_PARM4(ctx));
}

int leave(struct pt_regs *ctx)
{
	return end(ctx);
}
`

// config is the programs' struct config.
type config struct {
	Threshold uint64
	On, ByPID uint32
}

// Event is TextC's struct event. Size bytes of text follow it.
type Event struct {
	Time, Delta uint64
	PID, TID    uint32
	Size        int32
	Cut         uint32
}
