#include <linux/sched.h>

BPF_RINGBUF_OUTPUT(events, 8);

struct event {
	u32 pid;
	u64 ns;
};
int event(struct pt_regs *ctx)
{
	struct event *e = events.ringbuf_reserve(sizeof(*e));

	if (!e)
		return -ENOSPC;
	e->pid = bpf_get_current_pid_tgid() >> 32;
	e->ns = bpf_ktime_get_ns();
	events.ringbuf_submit(e, BPF_RB_FORCE_WAKEUP);
	return 0;
}
