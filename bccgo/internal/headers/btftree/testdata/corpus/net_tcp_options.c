#include <uapi/linux/tcp.h>

BPF_HASH(options, int);

int setopt(struct pt_regs *ctx, struct sock *sk, int level, int name)
{
	if (level != SOL_TCP)
		return 0;
	if (name == TCP_NODELAY || name == TCP_CORK || name == TCP_KEEPIDLE || name == TCP_FASTOPEN)
		options.increment(name);
	return TCP_INFO + TCP_CONGESTION + TCP_USER_TIMEOUT;
}
