#include <net/ipv6.h>

int six(struct pt_regs *ctx, void *from, void *to)
{
	struct in6_addr a, b;

	bpf_probe_read_kernel(&a, sizeof(a), from);
	bpf_probe_read_kernel(&b, sizeof(b), to);
	if (ipv6_addr_any(&a) || ipv6_addr_loopback(&a) || ipv6_addr_v4mapped(&a))
		return 1;
	return ipv6_addr_equal(&a, &b) + ipv6_addr_is_multicast(&b);
}
