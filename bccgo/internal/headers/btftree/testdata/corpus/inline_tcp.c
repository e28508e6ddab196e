#include <net/tcp.h>

int tcp(struct pt_regs *ctx, struct tcp_sock *tp)
{
	u32 flight = tcp_packets_in_flight(tp) + tcp_left_out(tp);

	return flight + tcp_min_rtt(tp) + tcp_snd_cwnd(tp) + tcp_in_slow_start(tp) + tcp_wnd_end(tp);
}
