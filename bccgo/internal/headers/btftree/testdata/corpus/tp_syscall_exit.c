#include <linux/errno.h>

BPF_HASH(errors, long);

TRACEPOINT_PROBE(raw_syscalls, sys_exit)
{
	long ret = args->ret;

	if (ret == -ENOENT || ret == -EACCES || ret == -EINTR || ret == -ETIMEDOUT)
		errors.increment(ret);
	return args->id;
}
