#include <uapi/linux/ptrace.h>
#include <linux/fs.h>
#define MULTI(a, b) do { \
	(a) = (b); \
} while (0)
struct data_t { u32 pid; u64 ts; char comm[16]; };
BPF_PERF_OUTPUT(events);
BPF_HASH(h,
	u32,
	u64);

/* a comment {
   over lines */
static __always_inline u64 add(u64 a,
			       u64 b)
{
	u64 c = a;
	return c + b;
}

TRACEPOINT_PROBE(sched, sched_switch)
{
	u64 x = args->prev_pid;
	u32 k = 1;
	h.update(
		&k,
		&x
	);
	MULTI(x,
	      add(x, 2));
	bpf_trace_printk("hello %d\n",
		k
	);
	if (h.lookup(
		&k
		)) {
		return 0;
	}
	return 0;
}

int oneline(void *ctx) { return 0; }

TRACEPOINT_PROBE(sched, sched_wakeup) {
	u32 k = args->pid;
	return 0;
}

int hello(struct pt_regs *ctx, struct task_struct *a,
	  int b)
{
	struct data_t data = {};
	u32 k = 2;
	data.pid = b;
	data.ts = a->real_parent
		->group_leader
		->utime;
	events.perf_submit(
		ctx,
		&data,
		sizeof(data));
	({
		events.perf_submit(
			ctx, &data, sizeof(data)
		);
		data.pid = 7;
	});
	switch (k) {
	case 1:
		break;
	default: {
		struct data_t d = {
			.pid = bpf_get_current_pid_tgid(),
			.ts = 3,
		};
		events.perf_submit(ctx, &d,
			sizeof(d));
		}
	}
#ifdef CONFIG_SMP
	if (k) {
#else
	if (!k) {
#endif
		k = 4;
	}
	u64 *z = h.lookup_or_try_init(
		&k,
		&data.ts);
	if (z)
		lock_xadd(z,
			1);
	h.increment(
		k
	);
	return 0;
}

KRETFUNC_PROBE(vfs_read, struct file *f, char *buf,
	       size_t n, loff_t *pos, ssize_t ret) {
	u32 k = ret;
	k = f->f_flags;
	return 0;
}

KFUNC_PROBE(vfs_write, struct file *f)
{
	u32 k = 3;
	return 0;
}

int last(struct bpf_raw_tracepoint_args *ctx)
{
	u32 k = ctx->args[0];
	return 0;
}
