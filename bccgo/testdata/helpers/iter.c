/* Iterators, and the helpers that they have. */
#include <linux/sched.h>
#include <linux/fs.h>
#include <linux/net.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <linux/bpf.h>
#include <net/af_unix.h>

#define PRINT(seq, format, ...) ({					\
	char fmt_[] = format;						\
	u64 args_[] = { __VA_ARGS__ };					\
	bpf_seq_printf(seq, fmt_, sizeof(fmt_), args_, sizeof(args_));	\
})

struct text {
	char s[128];
};

BPF_ARRAY(room, struct text, 1);

BPF_ITER(task_file)
{
	struct file *file = ctx->file;
	struct socket *socket;
	struct text *t;
	int zero = 0;

	if (!file)
		return 0;
	socket = bpf_sock_from_file(file);
	t = room.lookup(&zero);
	if (t && bpf_d_path((struct path *)&file->f_path, t->s, sizeof(t->s)) > 0)
		PRINT(ctx->meta->seq, "%d %d %s\n", ctx->fd, socket ? socket->type : 0, (u64)t->s);
	return 0;
}

BPF_ITER(task)
{
	struct btf_ptr what = { .ptr = ctx->task };

	if (!ctx->task)
		return 0;
	what.type_id = TASK_STRUCT;
	bpf_seq_printf_btf(ctx->meta->seq, &what, sizeof(what), BTF_F_COMPACT);
	return 0;
}

BPF_ITER(tcp)
{
	struct sock_common *sk = ctx->sk_common;
	struct tcp_sock *tcp;

	if (!sk)
		return 0;
	tcp = bpf_skc_to_tcp_sock(sk);
	PRINT(ctx->meta->seq, "%d", sk->skc_num);
	if (tcp)
		PRINT(ctx->meta->seq, " tcp %d", tcp->inet_conn.icsk_inet.inet_num);
	if (bpf_skc_to_tcp6_sock(sk))
		PRINT(ctx->meta->seq, " tcp6 %d", sk->skc_state);
	if (bpf_skc_to_tcp_timewait_sock(sk))
		PRINT(ctx->meta->seq, " timewait %d", sk->skc_state);
	if (bpf_skc_to_tcp_request_sock(sk))
		PRINT(ctx->meta->seq, " request %d", sk->skc_state);
	PRINT(ctx->meta->seq, " in %d\n", sk->skc_state);
	return 0;
}

BPF_ITER(udp)
{
	struct udp_sock *udp = ctx->udp_sk;

	if (!udp)
		return 0;
	PRINT(ctx->meta->seq, "%d %d\n", udp->inet.inet_num, bpf_skc_to_udp6_sock(udp) ? 6 : 4);
	return 0;
}

BPF_ITER(unix)
{
	struct unix_sock *sk = ctx->unix_sk, *same;

	if (!sk)
		return 0;
	same = bpf_skc_to_unix_sock(sk);
	if (same)
		PRINT(ctx->meta->seq, "%d\n", same->path.dentry ? same->path.dentry->d_inode->i_ino : 0);
	return 0;
}
