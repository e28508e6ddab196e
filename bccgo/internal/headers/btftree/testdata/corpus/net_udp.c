#include <net/sock.h>
#include <linux/udp.h>

BPF_HASH(ports, u16);

int sendmsg(struct pt_regs *ctx, struct sock *sk, struct msghdr *msg, size_t len)
{
	u16 port = sk->sk_dport;

	if (port == ntohs(53) || port == __constant_htons(5353))
		ports.increment(port);
	return len + ((struct udp_sock *)sk)->pending;
}
