package tcpbytes

// C calls bytes_moved(sk, received, n), which the tool's own text defines, for
// n bytes that a process has received by a TCP socket, or sent. Functions are left
// out where ONLY_SENT is defined. It goes behind the tool's text.
const C = `
#include <linux/in.h>
#include <linux/socket.h>
#include <net/sock.h>

#if defined(BYTES_BY_FENTRY)
KRETFUNC_PROBE(tcp_sendmsg, struct sock *sk, struct msghdr *msg, size_t size, int ret)
{
	if (ret > 0)
		bytes_moved(sk, 0, ret);
	return 0;
}

#ifdef HAS_SENDPAGE
KRETFUNC_PROBE(tcp_sendpage, struct sock *sk, struct page *page, int offset, size_t size, int flags, int ret)
{
	if (ret > 0)
		bytes_moved(sk, 0, ret);
	return 0;
}
#endif

#ifndef ONLY_SENT
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 19, 0)
KRETFUNC_PROBE(tcp_recvmsg, struct sock *sk, struct msghdr *msg, size_t len, int flags, int *addr_len, int ret)
#else
KRETFUNC_PROBE(tcp_recvmsg, struct sock *sk, struct msghdr *msg, size_t len, int nonblock, int flags, int *addr_len, int ret)
#endif
{
	if (ret > 0 && !(flags & (MSG_PEEK | MSG_ERRQUEUE)))
		bytes_moved(sk, 1, ret);
	return 0;
}

KRETFUNC_PROBE(tcp_read_sock, struct sock *sk, void *desc, void *actor, int ret)
{
	if (ret > 0)
		bytes_moved(sk, 1, ret);
	return 0;
}
#endif

#elif defined(BYTES_BY_KPROBES)
/* What runs in an interrupt of a call is by another function. */
enum {
	SENDING,
	RECEIVING,
	READING,
};

struct call {
	u64 task;
	u64 kind;
};

BPF_HASH(calls, struct call, struct sock *, 10240);

static inline int enter_call(struct pt_regs *ctx, int kind)
{
	struct sock *sk = (struct sock *)PT_REGS_PARM1(ctx);
	struct call call = {bpf_get_current_pid_tgid(), kind};

	if (calls.update(&call, &sk))
		miss(MISSED_CALLS);
	return 0;
}

static inline int leave_call(struct pt_regs *ctx, int kind)
{
	struct call call = {bpf_get_current_pid_tgid(), kind};
	struct sock **found = calls.lookup(&call), *sk;
	int n = PT_REGS_RC(ctx);

	if (!found)
		return 0;
	sk = *found;
	calls.delete(&call);
	if (n > 0)
		bytes_moved(sk, kind != SENDING, n);
	return 0;
}

int enter_send(struct pt_regs *ctx)
{
	return enter_call(ctx, SENDING);
}

int leave_send(struct pt_regs *ctx)
{
	return leave_call(ctx, SENDING);
}

#ifndef ONLY_SENT
int enter_receive(struct pt_regs *ctx)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 19, 0)
	int flags = PT_REGS_PARM4(ctx);
#else
	int flags = PT_REGS_PARM5(ctx);
#endif

	if (flags & (MSG_PEEK | MSG_ERRQUEUE))
		return 0;
	return enter_call(ctx, RECEIVING);
}

int leave_receive(struct pt_regs *ctx)
{
	return leave_call(ctx, RECEIVING);
}

int enter_read(struct pt_regs *ctx)
{
	return enter_call(ctx, READING);
}

int leave_read(struct pt_regs *ctx)
{
	return leave_call(ctx, READING);
}
#endif

#else
TRACEPOINT_PROBE(sock, sock_send_length)
{
	if (args->protocol == IPPROTO_TCP && args->ret > 0)
		bytes_moved((struct sock *)args->sk, 0, args->ret);
	return 0;
}

#ifndef ONLY_SENT
TRACEPOINT_PROBE(sock, sock_recv_length)
{
	if (args->protocol == IPPROTO_TCP && args->ret > 0 && !(args->flags & (MSG_PEEK | MSG_ERRQUEUE)))
		bytes_moved((struct sock *)args->sk, 1, args->ret);
	return 0;
}
#endif
#endif
`
