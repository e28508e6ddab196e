#include <linux/tcp.h>

int info(struct pt_regs *ctx, struct sock *sk, struct tcp_info *info)
{
	struct tcp_info i;

	bpf_probe_read_kernel(&i, sizeof(i), info);
	if (i.tcpi_options & (TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_ECN))
		return i.tcpi_rtt;
	return i.tcpi_snd_wscale + i.tcpi_total_retrans;
}
