#include <linux/cred.h>

int groups(struct pt_regs *ctx, struct group_info *info)
{
	kgid_t first;

	if (info->ngroups > NGROUPS_MAX)
		return 0;
	bpf_probe_read_kernel(&first, sizeof(first), &info->gid[0]);
	return __kgid_val(first);
}
