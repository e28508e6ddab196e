#include <uapi/linux/fcntl.h>

BPF_HASH(opens, u32);

TRACEPOINT_PROBE(syscalls, sys_enter_openat)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32;

	if (args->dfd == AT_FDCWD && args->flags & O_CREAT)
		opens.increment(pid);
	return 0;
}
