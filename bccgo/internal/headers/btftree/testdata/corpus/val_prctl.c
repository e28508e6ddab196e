#include <uapi/linux/ptrace.h>
#include <uapi/linux/prctl.h>

BPF_HASH(options, int);

int prctl(struct pt_regs *ctx, int option)
{
	if (option == PR_SET_NAME || option == PR_SET_NO_NEW_PRIVS || option == PR_SET_PDEATHSIG)
		options.increment(option);
	return PR_SET_SECCOMP + PR_SET_CHILD_SUBREAPER + PR_CAP_AMBIENT;
}
