#include <linux/dcache.h>

int depth(struct pt_regs *ctx, struct dentry *dentry)
{
	struct dentry *up = dentry->d_parent;
	int n = 0;

#pragma unroll
	for (int i = 0; i < 4; i++) {
		if (up == up->d_parent)
			break;
		up = up->d_parent;
		n++;
	}
	return n;
}
