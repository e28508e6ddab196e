#include <net/sock.h>
#include <linux/in6.h>

struct six {
	struct in6_addr from, to;
};
BPF_HASH(sixes, struct six);

int sent(struct pt_regs *ctx, struct sock *sk)
{
	struct six s = {};

	bpf_probe_read_kernel(&s.from, sizeof(s.from), sk->sk_v6_rcv_saddr.in6_u.u6_addr32);
	bpf_probe_read_kernel(&s.to, sizeof(s.to), &sk->sk_v6_daddr);
	if (s.to.s6_addr32[0] == 0 && s.to.s6_addr[15] == 1)
		return 0;
	sixes.increment(s);
	return 0;
}
