#include <net/tcp.h>
#include <net/inet_connection_sock.h>

struct algorithm {
	char name[TCP_CA_NAME_MAX];
};
BPF_HASH(algorithms, struct algorithm);

int init(struct pt_regs *ctx, struct sock *sk)
{
	const struct inet_connection_sock *icsk = inet_csk(sk);
	struct algorithm a = {};

	bpf_probe_read_kernel_str(a.name, sizeof(a.name), icsk->icsk_ca_ops->name);
	algorithms.increment(a);
	return icsk->icsk_pending == ICSK_TIME_RETRANS;
}
