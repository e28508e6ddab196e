#include <linux/mm.h>

BPF_ARRAY(kinds, u64, 3);

int fault_kind(struct pt_regs *ctx, void *vma, unsigned long address, unsigned int flags)
{
	int kind = 0;

	if (flags & FAULT_FLAG_WRITE)
		kind = 1;
	else if (flags & FAULT_FLAG_USER)
		kind = 2;
	kinds.increment(kind);
	return flags & (FAULT_FLAG_INSTRUCTION | FAULT_FLAG_REMOTE);
}
int fault_done(struct pt_regs *ctx)
{
	return PT_REGS_RC(ctx) & (VM_FAULT_MAJOR | VM_FAULT_OOM | VM_FAULT_RETRY);
}
