#include <net/sock.h>
#include <linux/net.h>

BPF_HASH(kinds, u32);

int created(struct pt_regs *ctx, struct sock *sk)
{
	u32 type = sk->sk_type, protocol = sk->sk_protocol;

	if (type == SOCK_STREAM && protocol == IPPROTO_TCP)
		kinds.increment(protocol);
	if (type == SOCK_DGRAM || type == SOCK_RAW || type == SOCK_SEQPACKET)
		kinds.increment(type);
	return SOCK_CLOEXEC | SOCK_NONBLOCK;
}
