#include <net/sock.h>

BPF_HASH(ports, u16);

int connect(struct pt_regs *ctx, struct sock *sk)
{
	u16 lport = sk->__sk_common.skc_num, dport = sk->__sk_common.skc_dport;

	dport = ntohs(dport);
	if (sk->__sk_common.skc_family == AF_INET)
		ports.increment(dport);
	return lport;
}
