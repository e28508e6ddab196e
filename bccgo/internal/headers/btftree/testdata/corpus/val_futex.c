#include <uapi/linux/ptrace.h>
#include <uapi/linux/futex.h>

BPF_HASH(waits, u64);

int futex(struct pt_regs *ctx, u32 *uaddr, int op, u32 val)
{
	u64 addr = (u64)uaddr;
	int cmd = op & FUTEX_CMD_MASK;

	if (cmd == FUTEX_WAIT || cmd == FUTEX_LOCK_PI || cmd == FUTEX_WAIT_BITSET)
		waits.increment(addr);
	return op & (FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME) ? FUTEX_WAKE : FUTEX_WAITERS;
}
