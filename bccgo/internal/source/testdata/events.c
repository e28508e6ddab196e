#include <uapi/linux/ptrace.h>
#include <linux/sched.h>
struct data_t { u32 pid; u64 ts; char comm[16]; u32 a:3, b:7; };
struct other_t { u8 x; };
BPF_PERF_OUTPUT(events);
BPF_PERF_OUTPUT(evarr);
BPF_PERF_OUTPUT(evvoid);
BPF_PERF_OUTPUT(evscratch);
BPF_PERF_OUTPUT(evkern);
BPF_RINGBUF_OUTPUT(rb, 8);
BPF_RINGBUF_OUTPUT(rb2, 8);
BPF_PERCPU_ARRAY(scratch, struct data_t, 1);

static inline int send(struct pt_regs *ctx)
{
	struct other_t o = {};
	return events.perf_submit(ctx, (void *)&o, sizeof(o));
}

int hello(struct pt_regs *ctx, struct task_struct *prev)
{
	struct data_t data = {};
	char buf[8] = {};
	void *vp = &data;
	u32 zero = 0;
	struct data_t *s = scratch.lookup(&zero);

	data.pid = bpf_get_current_pid_tgid();
	if (data.pid)
		events.perf_submit(ctx, &data, sizeof(data));
	else if (events.perf_submit(ctx,
			/* the data */ &data, // yes
			sizeof(data)) < 0)
		return 0;
	evarr.perf_submit(ctx, buf, sizeof(buf));
	evarr.perf_submit(ctx, &buf, sizeof(buf));
	evvoid.perf_submit(ctx, vp, sizeof(data));
	if (s) {
		s->ts = prev->utime;
		evscratch.perf_submit(ctx, s, sizeof(*s));
	}
	struct data_t *e = rb.ringbuf_reserve(sizeof(*e));
	if (!e) return 0;
	e->ts = 5;
	rb.ringbuf_submit(e, 0);
	if (rb2.ringbuf_output(&data, sizeof(data), 0)) return send(ctx);
	return 0;
}
