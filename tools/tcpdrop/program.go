package main

// A packet is looked into where its headers are; what comes from where differs by
// kernel. Of packets that arrive, skb->sk is no longer set when TCP drops them:
// REMEMBER_SOCKETS tells that a probe before that keeps the socket.
const program = `
#include <linux/if_ether.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>

struct config {
	u32 on;		/* 0 until the rest is set */
	u32 netns;	/* 0 for all */
};

struct event {
	u64 time;
	u64 stack;
	struct ends ends;	/* from "local" to "remote" */
	u32 pid;
	u32 reason;
	u32 state;	/* 0 if there is no socket */
	u32 flags;
};

BPF_ARRAY(settings, struct config, 1);
BPF_PERF_OUTPUT(events);

static inline u8 byte_at(const u8 *p)
{
	u8 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), p);
	return value;
}

/* Where TCP begins behind a header of IPv6, or NULL. */
static inline u8 *skip_extensions(u8 *ip)
{
	u8 next = byte_at(ip + 6), *p = ip + 40;
	int i;

#pragma unroll
	for (i = 0; i < 4; i++) {
		if (next == IPPROTO_TCP)
			return p;
		if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_DSTOPTS)
			return NULL;
		next = byte_at(p);
		p += (byte_at(p + 1) + 1) * 8;
	}
	return NULL;
}

/* Reads the headers, and tells whether the packet is one of TCP. */
static inline int read_packet(struct event *ev, struct sk_buff *skb)
{
	u16 protocol = 0, network = 0;
	u8 *ip = NULL, *tcp;

	bpf_probe_read_kernel(&protocol, sizeof(protocol), &skb->protocol);
	bpf_probe_read_kernel(&ip, sizeof(ip), &skb->head);
	bpf_probe_read_kernel(&network, sizeof(network), &skb->network_header);
	ip += network;
	if (protocol == htons(ETH_P_IP)) {
		/* Of a packet in pieces, only the first has the ports. */
		if (byte_at(ip + 9) != IPPROTO_TCP || byte_at(ip + 6) & 0x1f || byte_at(ip + 7))
			return 0;
		tcp = ip + (byte_at(ip) & 15) * 4;
		set_ends(&ev->ends, AF_INET, ip + 12, ip + 16, NULL, NULL);
	} else if (protocol == htons(ETH_P_IPV6)) {
		tcp = skip_extensions(ip);
		if (!tcp)
			return 0;
		set_ends(&ev->ends, AF_INET6, ip + 20, ip + 36, ip + 8, ip + 24);
	} else {
		return 0;
	}
	bpf_probe_read_kernel(&ev->ends.lport, sizeof(u16), tcp);
	bpf_probe_read_kernel(&ev->ends.rport, sizeof(u16), tcp + 2);
	ev->ends.lport = ntohs(ev->ends.lport);
	ev->ends.rport = ntohs(ev->ends.rport);
	ev->flags = byte_at(tcp + 13);
	return 1;
}

#ifdef REMEMBER_SOCKETS
struct handled {
	struct sk_buff *skb;
	struct sock *sk;
};

BPF_PERCPU_ARRAY(last_handled, struct handled, 1);

int remember_socket(struct pt_regs *ctx)
{
	int zero = 0;
	struct handled *h = last_handled.lookup(&zero);

	if (h) {
		h->sk = (struct sock *)PT_REGS_PARM1(ctx);
		h->skb = (struct sk_buff *)PT_REGS_PARM2(ctx);
	}
	return 0;
}
#endif

static inline struct sock *socket_of(struct sk_buff *skb)
{
	struct sock *sk = NULL;

	bpf_probe_read_kernel(&sk, sizeof(sk), &skb->sk);
#ifdef REMEMBER_SOCKETS
	if (!sk) {
		int zero = 0;
		struct handled *h = last_handled.lookup(&zero);

		if (h && h->skb == skb)
			sk = h->sk;
	}
#endif
	return sk;
}

/* The socket's state, if it is that of the packet's connection. */
static inline u32 read_state(const struct ends *packet, struct sock *sk)
{
	struct ends e = {};
	u8 state = 0;

	if (!sk)
		return 0;
	read_sock(&e, sk);
	if (!(e.lport == packet->lport && e.rport == packet->rport) &&
	    !(e.lport == packet->rport && (e.rport == packet->lport || !e.rport)))
		return 0;
	bpf_probe_read_kernel(&state, sizeof(state), (void *)&sk->__sk_common.skc_state);
	return state;
}

static inline int in_wanted_netns(struct sk_buff *skb, struct sock *sk, u32 netns)
{
	struct net_device *dev = NULL;
	struct net *net = NULL;

	if (sk || !netns)
		return in_netns(sk, netns);
	bpf_probe_read_kernel(&dev, sizeof(dev), &skb->dev);
	bpf_probe_read_kernel(&net, sizeof(net), &dev->nd_net);
	return netns_number(net) == netns;
}

static inline void report(void *ctx, struct sk_buff *skb, struct sock *sk, u32 reason)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);
	struct event ev = {.reason = reason};

	if (!c || !c->on || !read_packet(&ev, skb) || !wanted_ends(&ev.ends))
		return;
	if (!sk)
		sk = socket_of(skb);
	if (!in_wanted_netns(skb, sk, c->netns))
		return;
	ev.state = read_state(&ev.ends, sk);
	ev.time = bpf_ktime_get_ns();
	ev.pid = bpf_get_current_pid_tgid() >> 32;
	ev.stack = kernel_stack(ctx);
	if (events.perf_submit(ctx, &ev, sizeof(ev)))
		miss(MISSED_EVENTS);
}

#ifdef NOT_SPECIFIED
TRACEPOINT_PROBE(skb, kfree_skb)
{
	struct sock *sk = NULL;

	/* Those without a reason are mostly no drops. */
	if (args->reason <= NOT_SPECIFIED)
		return 0;
#ifdef HAS_SOCKET
	sk = (struct sock *)args->rx_sk;
#endif
	report(args, (struct sk_buff *)args->skbaddr, sk, args->reason);
	return 0;
}
#endif

int on_tcp_drop(struct pt_regs *ctx)
{
	report(ctx, (struct sk_buff *)PT_REGS_PARM2(ctx), (struct sock *)PT_REGS_PARM1(ctx), 0);
	return 0;
}
`
