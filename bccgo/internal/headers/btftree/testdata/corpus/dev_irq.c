#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/interrupt.h>

BPF_HASH(actions, u32);

int handle(struct pt_regs *ctx, struct irq_desc *desc)
{
	u32 irq = desc->irq_data.irq;
	char name[16];

	bpf_probe_read_kernel_str(name, sizeof(name), desc->action->name);
	if (desc->action->flags & (IRQF_SHARED | IRQF_ONESHOT) || name[0])
		actions.increment(irq);
	return PT_REGS_RC(ctx) == IRQ_HANDLED;
}
