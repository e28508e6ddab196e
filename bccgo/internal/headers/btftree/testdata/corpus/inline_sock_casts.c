#include <net/sock.h>
#include <net/inet_sock.h>
#include <net/inet_connection_sock.h>
#include <linux/udp.h>
#include <net/af_unix.h>
#include <net/request_sock.h>

int casts(struct pt_regs *ctx, void *p)
{
	struct sock *sk = p;
	u64 sum = (u64)inet_sk(sk) + (u64)inet_csk(sk) + (u64)udp_sk(sk) + (u64)unix_sk(sk);

	return sum + (u64)inet_reqsk(sk) + (u64)inet_rsk(p) + (u64)req_to_sk(p);
}
