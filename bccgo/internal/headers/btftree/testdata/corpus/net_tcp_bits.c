#include <linux/tcp.h>

int bits(struct pt_regs *ctx, struct sock *sk)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;

	struct tcp_options_received opt;

	bpf_probe_read_kernel(&opt, sizeof(opt), &tp->rx_opt);
	if (opt.saw_tstamp && !opt.tstamp_ok)
		return opt.num_sacks;
	return opt.sack_ok + opt.wscale_ok + opt.snd_wscale;
}
