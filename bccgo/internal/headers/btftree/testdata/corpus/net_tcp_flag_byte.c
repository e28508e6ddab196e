#include <net/tcp.h>

int flag_byte(struct pt_regs *ctx, struct tcphdr *th)
{
	u8 flags = 0;

	bpf_probe_read_kernel(&flags, 1, &tcp_flag_byte(th));
	return flags & TCPHDR_SYN_ECN;
}
