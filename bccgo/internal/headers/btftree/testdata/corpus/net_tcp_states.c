#include <net/tcp_states.h>
#include <net/sock.h>

BPF_ARRAY(transitions, u64, TCP_MAX_STATES);

int set(struct pt_regs *ctx, struct sock *sk, int state)
{
	if (state == TCP_CLOSE || state == TCP_TIME_WAIT || state == TCP_LISTEN || state == TCP_SYN_RECV)
		transitions.increment(state);
	if ((1 << state) & (TCPF_FIN_WAIT1 | TCPF_CLOSE_WAIT | TCPF_LAST_ACK))
		transitions.increment(state);
	return 0;
}
