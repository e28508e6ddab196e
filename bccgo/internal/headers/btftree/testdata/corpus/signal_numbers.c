#include <linux/signal.h>

BPF_HASH(sent, int);

int kill_one(struct pt_regs *ctx, int pid, int sig)
{
	switch (sig) {
	case SIGKILL: case SIGTERM: case SIGINT: case SIGSEGV:
	case SIGCHLD: case SIGSTOP: case SIGCONT: case SIGUSR2:
		sent.increment(sig);
		break;
	default:
		if (sig >= SIGRTMIN)
			sent.increment(sig);
	}
	return 0;
}
