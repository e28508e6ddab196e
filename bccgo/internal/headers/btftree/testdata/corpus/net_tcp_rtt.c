#include <linux/tcp.h>
#include <net/sock.h>
#include <net/inet_sock.h>

BPF_HISTOGRAM(rtts);

int received(struct pt_regs *ctx, struct sock *sk)
{
	struct tcp_sock *ts = (struct tcp_sock *)sk;
	u32 srtt = ts->srtt_us >> 3;
	struct inet_sock *inet = (struct inet_sock *)sk;

	if (inet->inet_sport == 0 || inet->inet_dport == htons(22))
		return 0;
	rtts.increment(bpf_log2l(srtt));
	return ts->mdev_us;
}
