//go:build ignore

/* Times reads: entry and return of vfs_read, by thread. */
#include <uapi/linux/ptrace.h>

BPF_HASH(begun, u32);
BPF_HISTOGRAM(latency);

int read_begins(struct pt_regs *ctx)
{
	u32 tid = bpf_get_current_pid_tgid();
	u64 now = bpf_ktime_get_ns();

	if (!TARGET_PID || bpf_get_current_pid_tgid() >> 32 == TARGET_PID)
		begun.update(&tid, &now);
	return 0;
}

int read_ends(struct pt_regs *ctx)
{
	u32 tid = bpf_get_current_pid_tgid();
	u64 *begin = begun.lookup(&tid);

	if (begin) {
		latency.atomic_increment(bpf_log2l((bpf_ktime_get_ns() - *begin) / 1000));
		begun.delete(&tid);
	}
	return 0;
}
