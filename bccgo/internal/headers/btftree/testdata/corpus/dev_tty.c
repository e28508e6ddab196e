#include <linux/fs.h>
#include <linux/tty.h>
#include <linux/uio.h>

int tty(struct pt_regs *ctx, struct tty_struct *tty)
{
	char name[16];

	bpf_probe_read_kernel_str(name, sizeof(name), tty->name);
	bpf_trace_printk("%s %d\n", name, tty->index);
	return tty->driver->major + tty->winsize.ws_col;
}
