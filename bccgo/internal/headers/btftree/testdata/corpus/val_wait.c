#include <uapi/linux/ptrace.h>
#include <uapi/linux/wait.h>

int waited(struct pt_regs *ctx, int which, void *up, void *info, int options)
{
	if (options & (WNOHANG | WUNTRACED | WCONTINUED) && which == P_PID)
		return WEXITED;
	return options & __WALL ? WNOWAIT : P_PGID;
}
