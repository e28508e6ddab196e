#include <uapi/linux/ptrace.h>
#include <linux/ioprio.h>

BPF_ARRAY(classes, u64, 8);

int prio(struct pt_regs *ctx, int ioprio)
{
	classes.increment(IOPRIO_PRIO_CLASS(ioprio));
	return IOPRIO_PRIO_DATA(ioprio) == 4 ? IOPRIO_CLASS_RT : IOPRIO_CLASS_IDLE;
}
