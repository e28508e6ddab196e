package main

// The kernel keeps eight times the smoothed time. A histogram is told by a number
// that is made of the address; "addresses" has what it was made of.
const program = `
#include <linux/tcp.h>

enum {
	ALL,
	BY_LOCAL,
	BY_REMOTE,
};

struct config {
	u32 on;		/* 0 until the rest is set */
	u32 by;
	u32 by_laddr, by_raddr;
	u8 laddr[16], raddr[16];
	u32 unit;	/* in usecs */
	u32 laddr_version, raddr_version;
};

struct address {
	u8 bytes[16];
	u64 version;
};

struct total {
	u64 usecs;
	u64 count;
};

BPF_ARRAY(settings, struct config, 1);
BPF_HASH(addresses, u64, struct address, GROUPS);
BPF_HASH(totals, u64, struct total, GROUPS);

static inline int same_address(const u8 *a, const u8 *b)
{
	const u64 *p = (const u64 *)a, *q = (const u64 *)b;

	return p[0] == q[0] && p[1] == q[1];
}

static inline u64 group_of(const u8 *address, u64 version)
{
	struct address kept = {.version = version};
	u64 half[2], group;

	__builtin_memcpy(kept.bytes, address, 16);
	__builtin_memcpy(half, address, 16);
	group = (half[0] ^ version) * 0x9e3779b97f4a7c15ULL;
	group = ((group ^ group >> 32) ^ half[1]) * 0x9e3779b97f4a7c15ULL;
	if (!addresses.lookup(&group) && addresses.update(&group, &kept))
		miss(MISSED_CALLS);
	return group;
}

static inline void count_trip(const struct ends *e, u32 usecs)
{
	u64 group = 0;
	int zero = 0;
	struct config *c = settings.lookup(&zero);
	struct total none = {}, *total;

	if (!c || !c->on || !wanted_ends(e))
		return;
	if (c->by_laddr && (c->laddr_version != e->version || !same_address(c->laddr, e->laddr)))
		return;
	if (c->by_raddr && (c->raddr_version != e->version || !same_address(c->raddr, e->raddr)))
		return;
	if (c->by == BY_LOCAL)
		group = group_of(e->laddr, e->version);
	else if (c->by == BY_REMOTE)
		group = group_of(e->raddr, e->version);
	count_log2(group, c->unit > 1 ? usecs / c->unit : usecs);
	total = totals.lookup_or_try_init(&group, &none);
	if (total) {
		lock_xadd(&total->usecs, usecs);
		lock_xadd(&total->count, 1);
	}
}

#ifdef USE_KPROBES
int on_packet(struct pt_regs *ctx)
{
	struct sock *sk = (struct sock *)PT_REGS_PARM1(ctx);
	struct ends ends = {};
	u32 srtt = 0;

	read_sock(&ends, sk);
	bpf_probe_read_kernel(&srtt, sizeof(srtt), &((struct tcp_sock *)sk)->srtt_us);
	count_trip(&ends, srtt >> 3);
	return 0;
}
#else
/* The ends are as sockets' addresses: after the family and the port, 4 bytes of IPv4
   or, 4 bytes further, 16 of IPv6. */
TRACEPOINT_PROBE(tcp, tcp_probe)
{
	struct ends ends = {.lport = args->sport, .rport = args->dport};
	const u8 *local = args->saddr, *remote = args->daddr;
	u16 family = 0;

	bpf_probe_read_kernel(&family, sizeof(family), local);
	if (family == AF_INET6)	/* the last bytes are those of a mapped address */
		set_ends(&ends, family, local + 20, remote + 20, local + 8, remote + 8);
	else
		set_ends(&ends, family, local + 4, remote + 4, NULL, NULL);
	count_trip(&ends, args->srtt);
	return 0;
}
#endif
`
