#include <linux/sched.h>

#define MAX_ROWS 12
#define min3(a, b, c) ((a) < (b) ? (a) : (c))
#define current_pid() ((u32)bpf_get_current_pid_tgid())

BPF_HASH(rows, u32);

int row(struct pt_regs *ctx)
{
	u32 pid = current_pid();

	rows.increment(pid);
	return min3(pid, MAX_ROWS, 3);
}
