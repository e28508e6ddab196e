#include <uapi/linux/bpf.h>

int allow(struct bpf_cgroup_dev_ctx *ctx)
{
	u32 type = ctx->access_type & 0xffff, access = ctx->access_type >> 16;

	if (type == BPF_DEVCG_DEV_CHAR && access & BPF_DEVCG_ACC_WRITE && ctx->major == 1)
		return ctx->minor == 3;
	return !(access & BPF_DEVCG_ACC_MKNOD);
}
