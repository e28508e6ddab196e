#include <uapi/linux/ptrace.h>
#include <linux/sched.h>

struct place {
	int kernel, user;
	char name[TASK_COMM_LEN];
};
BPF_STACK_TRACE(stacks, 512);
BPF_HASH(counts, struct place);

int stack(struct pt_regs *ctx)
{
	struct place k = {};

	k.kernel = stacks.get_stackid(ctx, 0);
	k.user = stacks.get_stackid(ctx, BPF_F_USER_STACK | BPF_F_REUSE_STACKID);
	bpf_get_current_comm(&k.name, sizeof(k.name));
	counts.increment(k);
	return 0;
}
