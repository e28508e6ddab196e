#include <linux/device.h>

int added(struct pt_regs *ctx, struct device *dev)
{
	char name[32];

	bpf_probe_read_kernel_str(name, sizeof(name), dev->kobj.name);
	bpf_trace_printk("%s\n", name);
	return dev->parent ? dev->devt : -ENODEV;
}
