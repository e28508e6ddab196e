#include <net/tcp_states.h>
#include <linux/in.h>
#include <linux/socket.h>

BPF_HASH(changes, int);

TRACEPOINT_PROBE(sock, inet_sock_set_state)
{
	int to = args->newstate;

	if (args->protocol != IPPROTO_TCP || args->family != AF_INET6)
		return 0;
	if (args->oldstate == TCP_SYN_SENT && to == TCP_ESTABLISHED)
		changes.increment(to);
	return args->sport + args->dport;
}
