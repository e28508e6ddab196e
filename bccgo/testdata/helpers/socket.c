/*
 * One function a helper that functions of control groups and of tables of sockets
 * have. Each leaves its answers in out[].
 */
#include <linux/bpf.h>
#include <linux/in.h>
#include <linux/socket.h>
#include <linux/tcp.h>

#define OPS struct bpf_sock_ops *ops
#define MESSAGE struct sk_msg_md *msg

struct text {
	char s[128];
};

/* An option of TCP's for experiments: the magic number says whose it is. */
struct option {
	u8 kind, len;
	u16 magic;
	u32 number;
} __attribute__((packed));

BPF_ARRAY(out, u64, 24);
BPF_ARRAY(said, struct text, 1);
BPF_SOCKMAP(by_index, 4);
BPF_SOCKHASH(by_port, u32, 8);
BPF_SOCKHASH(peers, u32, 4);

static inline void answer(int at, u64 value)
{
	out.update(&at, &value);
}

static inline struct text *room(void)
{
	int zero = 0;

	return said.lookup(&zero);
}

int do_sock_map_update(OPS)
{
	u32 index = 2, port = ops->local_port;
	int done;

	if (ops->op != BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB)
		return 1;
	answer(0, port);
	done = by_index.sock_map_update(ops, &index, BPF_ANY);
	answer(1, done);
	done = by_port.sock_hash_update(ops, &port, BPF_NOEXIST);
	answer(2, done);
	done = by_port.sock_hash_update(ops, &port, BPF_NOEXIST);
	answer(3, done);
	return 1;
}

int do_setsockopt(OPS)
{
	struct text *t = room();
	int mark = 4711;

	if (ops->op != BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB || !t)
		return 1;
	answer(0, bpf_setsockopt(ops, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)));
	answer(1, bpf_setsockopt(ops, SOL_SOCKET, SO_MARK, &mark, 1));
	answer(2, bpf_getsockopt(ops, SOL_TCP, TCP_CONGESTION, t->s, 16));
	return 1;
}

int do_sock_ops_cb_flags_set(OPS)
{
	if (ops->op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB)
		answer(0, bpf_sock_ops_cb_flags_set(ops, BPF_SOCK_OPS_STATE_CB_FLAG));
	if (ops->op == BPF_SOCK_OPS_STATE_CB)
		answer(ops->args[1], ops->args[0]);
	return 1;
}

int do_store_hdr_opt(OPS)
{
	struct option o = { .kind = 253, .len = sizeof(o), .magic = bpf_htons(0xbcc6), .number = 4711 };
	struct option found = { .kind = 253, .len = 4, .magic = bpf_htons(0xbcc6) };

	if (ops->op == BPF_SOCK_OPS_TCP_CONNECT_CB)
		bpf_sock_ops_cb_flags_set(ops, BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG);
	if (ops->op == BPF_SOCK_OPS_HDR_OPT_LEN_CB)
		answer(0, bpf_reserve_hdr_opt(ops, sizeof(o), 0) + 1);
	if (ops->op == BPF_SOCK_OPS_WRITE_HDR_OPT_CB)
		answer(1, bpf_store_hdr_opt(ops, &o, sizeof(o), 0) + 1);
	if (ops->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB) {
		answer(2, bpf_load_hdr_opt(ops, &found, sizeof(found), 0));
		answer(3, found.number);
	}
	return 1;
}

int do_bind(struct bpf_sock_addr *ctx)
{
	struct sockaddr_in from = { .sin_family = AF_INET };

	from.sin_addr.s_addr = bpf_htonl(0x7f000007);
	answer(0, bpf_bind(ctx, &from, sizeof(from)));
	from.sin_family = 99;
	answer(1, bpf_bind(ctx, &from, sizeof(from)));
	return 1;
}

/* Whatever is written to the hop limit, 66 gets there; as long as that is, or the writer wonders. */
int do_sysctl_get_name(struct bpf_sysctl *ctx)
{
	char value[16] = {}, to[] = " 66";
	struct text *t = room();
	unsigned long before = 0;
	long wanted = 0;

	if (!ctx->write || !t)
		return 1;
	answer(0, bpf_sysctl_get_name(ctx, t->s, sizeof(t->s), 0));
	bpf_sysctl_get_current_value(ctx, value, sizeof(value));
	answer(1, bpf_strtoul(value, sizeof(value), 0, &before));
	answer(2, before);
	__builtin_memset(value, 0, sizeof(value));
	answer(3, bpf_sysctl_get_new_value(ctx, value, sizeof(value)));
	answer(4, bpf_strtol(value, sizeof(value), 0, &wanted));
	answer(5, wanted);
	answer(6, bpf_sysctl_set_new_value(ctx, to, 3));
	return 1;
}

int do_sk_cgroup_id(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	if (sk)
		sk = bpf_sk_fullsock(sk);
	if (!sk)
		return 1;
	answer(0, bpf_sk_cgroup_id(sk));
	answer(1, bpf_sk_ancestor_cgroup_id(sk, 0));
	return 1;
}

int do_set_retval(struct bpf_sockopt *ctx)
{
	answer(0, bpf_get_retval());
	answer(1, bpf_set_retval(-EBUSY));
	answer(2, bpf_get_retval());
	return 0;
}

/* What a message's bytes go through before they are sent. */

int do_msg_redirect_hash(MESSAGE)
{
	u32 key = 1;

	return peers.msg_redirect_hash(msg, &key, BPF_F_INGRESS);
}

int do_msg_push_data(MESSAGE)
{
	char *data;

	answer(0, bpf_msg_push_data(msg, 0, 2, 0));
	data = msg->data;
	if ((void *)data + 2 > (void *)msg->data_end)
		return SK_DROP;
	data[0] = 'A';
	data[1] = 'B';
	return SK_PASS;
}

int do_msg_pop_data(MESSAGE)
{
	answer(0, bpf_msg_pop_data(msg, 1, 3, 0));
	return SK_PASS;
}

int do_msg_pull_data(MESSAGE)
{
	char *data;

	answer(0, bpf_msg_pull_data(msg, 1, 4, 0));
	answer(1, msg->data_end - msg->data);
	data = msg->data;
	if ((void *)data + 1 > (void *)msg->data_end)
		return SK_DROP;
	data[0] = 'E';
	return SK_PASS;
}

int do_msg_cork_bytes(MESSAGE)
{
	answer(0, bpf_msg_cork_bytes(msg, 10));
	answer(1, msg->size);
	return SK_PASS;
}

/* Asked again after two bytes each. */
int do_msg_apply_bytes(MESSAGE)
{
	u64 *n;
	int at = 1;

	answer(0, bpf_msg_apply_bytes(msg, 2));
	n = out.lookup(&at);
	if (n)
		(*n)++;
	return SK_PASS;
}

int do_sk_redirect_hash(struct __sk_buff *skb)
{
	u32 key = 1;

	return peers.sk_redirect_hash(skb, &key, 0);
}
