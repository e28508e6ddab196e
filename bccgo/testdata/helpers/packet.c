/*
 * One function a helper or macro that works on packets, as a traffic classifier.
 * Each leaves its answers in out[]; what it did to the packet is seen there.
 * packet[] has numbers of the caller's.
 */
#include <bcc/proto.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>

#define ARGS struct __sk_buff *skb

struct text {
	char s[128];
};

struct locked {
	struct bpf_spin_lock lock;
	u32 number;
};

BPF_ARRAY(out, u64, 24);
BPF_ARRAY(said, struct text, 1);
BPF_ARRAY(in, u64, 4);
BPF_ARRAY(guarded, struct locked, 1);
BPF_PERF_OUTPUT(events);
BPF_SK_STORAGE(notes, u64);

static inline void answer(int at, u64 value)
{
	out.update(&at, &value);
}

static inline u64 input(int at)
{
	u64 *value = in.lookup(&at);

	return value ? *value : 0;
}

static inline struct text *room(void)
{
	int zero = 0;

	return said.lookup(&zero);
}

/* Headers, by cursor. */

int do_ethernet_t(ARGS)
{
	u8 *cursor = 0;
	struct ethernet_t *e = cursor_advance(cursor, sizeof(*e));

	answer(0, e->dst);
	answer(1, e->src);
	answer(2, e->type);
	return 0;
}

int do_dot1q_t(ARGS)
{
	u8 *cursor = 0;
	struct ethernet_t *e = cursor_advance(cursor, sizeof(*e));
	struct dot1q_t *q = cursor_advance(cursor, sizeof(*q));

	answer(0, q->pri);
	answer(1, q->cfi);
	answer(2, q->vlanid);
	answer(3, q->type);
	return 0;
}

int do_arp_t(ARGS)
{
	u8 *cursor = 0;
	struct ethernet_t *e = cursor_advance(cursor, sizeof(*e));
	struct arp_t *a = cursor_advance(cursor, sizeof(*a));

	answer(0, a->htype);
	answer(1, a->ptype);
	answer(2, a->hlen);
	answer(3, a->plen);
	answer(4, a->oper);
	answer(5, a->sha);
	answer(6, a->spa);
	answer(7, a->tha);
	answer(8, a->tpa);
	return 0;
}

int do_ip_t(ARGS)
{
	u8 *cursor = 0;
	struct ethernet_t *e = cursor_advance(cursor, sizeof(*e));
	struct ip_t *ip = cursor_advance(cursor, sizeof(*ip));

	answer(0, ip->ver);
	answer(1, ip->hlen);
	answer(2, ip->tos);
	answer(3, ip->tlen);
	answer(4, ip->identification);
	answer(5, ip->df);
	answer(6, ip->mf);
	answer(7, ip->foffset);
	answer(8, ip->ttl);
	answer(9, ip->nextp);
	answer(10, ip->hchecksum);
	answer(11, ip->src);
	answer(12, ip->dst);
	return 0;
}

int do_icmp_t(ARGS)
{
	u8 *cursor = 0;
	struct ethernet_t *e = cursor_advance(cursor, sizeof(*e));
	struct ip_t *ip = cursor_advance(cursor, sizeof(*ip));
	struct icmp_t *i = cursor_advance(cursor, sizeof(*i));

	answer(0, i->type);
	answer(1, i->code);
	answer(2, i->checksum);
	return 0;
}

int do_ip6_t(ARGS)
{
	u8 *cursor = 0;
	struct ethernet_t *e = cursor_advance(cursor, sizeof(*e));
	struct ip6_t *ip = cursor_advance(cursor, sizeof(*ip));

	answer(0, ip->ver);
	answer(1, ip->priority);
	answer(2, ip->flow_label);
	answer(3, ip->payload_len);
	answer(4, ip->next_header);
	answer(5, ip->hop_limit);
	answer(6, ip->src_hi);
	answer(7, ip->src_lo);
	answer(8, ip->dst_hi);
	answer(9, ip->dst_lo);
	return 0;
}

int do_ip6_opt_t(ARGS)
{
	u8 *cursor = 0;
	struct ethernet_t *e = cursor_advance(cursor, sizeof(*e));
	struct ip6_t *ip = cursor_advance(cursor, sizeof(*ip));
	struct ip6_opt_t *o = cursor_advance(cursor, sizeof(*o));
	struct icmp6_t *i = cursor_advance(cursor, sizeof(*i));

	answer(0, o->next_header);
	answer(1, o->ext_len);
	answer(2, i->type);
	answer(3, i->code);
	answer(4, i->checksum);
	return 0;
}

int do_udp_t(ARGS)
{
	u8 *cursor = 0;
	struct ethernet_t *e = cursor_advance(cursor, sizeof(*e));
	struct ip_t *ip = cursor_advance(cursor, sizeof(*ip));
	struct udp_t *u = cursor_advance(cursor, sizeof(*u));

	answer(0, u->sport);
	answer(1, u->dport);
	answer(2, u->length);
	answer(3, u->crc);
	return 0;
}

int do_tcp_t(ARGS)
{
	u8 *cursor = 0;
	struct ethernet_t *e = cursor_advance(cursor, sizeof(*e));
	struct ip_t *ip = cursor_advance(cursor, sizeof(*ip));
	struct tcp_t *t = cursor_advance(cursor, sizeof(*t));

	answer(0, t->src_port);
	answer(1, t->dst_port);
	answer(2, t->seq_num);
	answer(3, t->ack_num);
	answer(4, t->offset);
	answer(5, t->flag_cwr);
	answer(6, t->flag_ece);
	answer(7, t->flag_urg);
	answer(8, t->flag_ack);
	answer(9, t->flag_psh);
	answer(10, t->flag_rst);
	answer(11, t->flag_syn);
	answer(12, t->flag_fin);
	answer(13, t->rcv_wnd);
	answer(14, t->cksum);
	answer(15, t->urg_ptr);
	return 0;
}

int do_vxlan_t(ARGS)
{
	u8 *cursor = 0;
	struct ethernet_t *e = cursor_advance(cursor, sizeof(*e));
	struct vxlan_t *v = cursor_advance(cursor, sizeof(*v));

	answer(0, v->iflag);
	answer(1, v->key);
	return 0;
}

int do_vxlan_gbp_t(ARGS)
{
	u8 *cursor = 0;
	struct ethernet_t *e = cursor_advance(cursor, sizeof(*e));
	struct vxlan_gbp_t *v = cursor_advance(cursor, sizeof(*v));

	answer(0, v->gflag);
	answer(1, v->iflag);
	answer(2, v->dflag);
	answer(3, v->aflag);
	answer(4, v->tag);
	answer(5, v->key);
	return 0;
}

/* Writing through a cursor, with the sums kept right. */
int do_incr_cksum(ARGS)
{
	u8 *cursor = 0;
	struct ethernet_t *e = cursor_advance(cursor, sizeof(*e));
	struct ip_t *ip = cursor_advance(cursor, sizeof(*ip));
	struct udp_t *u = cursor_advance(cursor, sizeof(*u));
	u32 from = ip->src, to = 0x0a000063;
	u16 old_port = u->dport, new_port = 8053;

	ip->src = to;
	incr_cksum_l3(&ip->hchecksum, from, to);
	incr_cksum_l4(&u->crc, from, to, 1);
	u->dport = new_port;
	incr_cksum_l4(&u->crc, old_port, new_port, 0);
	e->type = 0x1234;
	return 0;
}

/* Bytes by place. */

int do_load_byte(ARGS)
{
	answer(0, load_byte(skb, 14));
	answer(1, load_half(skb, 12));
	answer(2, load_word(skb, 26));
	answer(3, load_dword(skb, 26));
	return 0;
}

int do_dext_pkt(ARGS)
{
	answer(0, bpf_dext_pkt(skb, 14, 4, 4));
	answer(1, bpf_dext_pkt(skb, 14, 0, 4));
	answer(2, bpf_dext_pkt(skb, 12, 0, 16));
	bpf_dins_pkt(skb, 15, 0, 8, 0xb8);
	bpf_dins_pkt(skb, 18, 0, 16, 0xcafe);
	return 0;
}

int do_direct(ARGS)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof(*eth);

	if ((void *)(ip + 1) > end)
		return 2;
	answer(0, bpf_ntohs(eth->h_proto));
	answer(1, bpf_ntohl(ip->saddr));
	answer(2, skb->len);
	ip->tos = 0x28;
	return 0;
}

int do_skb_load_bytes(ARGS)
{
	u32 word = 0;

	answer(1, bpf_skb_load_bytes(skb, 26, &word, sizeof(word)));
	answer(0, bpf_ntohl(word));
	answer(2, bpf_skb_load_bytes(skb, skb->len - 1, &word, sizeof(word)));
	return 0;
}

int do_skb_load_bytes_relative(ARGS)
{
	u32 word = 0;
	u16 type = 0;

	answer(1, bpf_skb_load_bytes_relative(skb, 12, &word, sizeof(word), BPF_HDR_START_NET));
	answer(0, bpf_ntohl(word));
	answer(3, bpf_skb_load_bytes_relative(skb, 12, &type, sizeof(type), BPF_HDR_START_MAC));
	answer(2, bpf_ntohs(type));
	return 0;
}

int do_skb_store_bytes(ARGS)
{
	u8 ttl = 3;

	answer(0, bpf_skb_store_bytes(skb, 22, &ttl, sizeof(ttl), 0));
	return 0;
}

int do_l3_csum_replace(ARGS)
{
	u32 from, to = bpf_htonl(0x0a000063);

	bpf_skb_load_bytes(skb, 26, &from, sizeof(from));
	bpf_skb_store_bytes(skb, 26, &to, sizeof(to), 0);
	answer(0, bpf_l3_csum_replace(skb, 24, from, to, sizeof(to)));
	answer(1, bpf_l4_csum_replace(skb, 40, from, to, BPF_F_PSEUDO_HDR | sizeof(to)));
	return 0;
}

int do_csum_diff(ARGS)
{
	u32 from = bpf_htonl(1), to = bpf_htonl(3);

	answer(0, bpf_csum_diff(&from, sizeof(from), &to, sizeof(to), 0));
	answer(1, bpf_csum_diff(NULL, 0, &to, sizeof(to), 0));
	return 0;
}

/* A sum over the packet is only there where the device made one. */
int do_csum_update(ARGS) { answer(0, bpf_csum_update(skb, 1)); return 0; }
int do_csum_level(ARGS) { answer(0, bpf_csum_level(skb, BPF_CSUM_LEVEL_QUERY)); return 0; }

int do_skb_vlan_push(ARGS)
{
	answer(0, bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 5));
	answer(1, bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021AD), 6));
	answer(2, skb->vlan_tci);
	answer(3, bpf_skb_vlan_pop(skb));
	answer(4, skb->vlan_tci);
	answer(5, skb->len);
	return 0;
}

int do_skb_change_tail(ARGS)
{
	answer(0, bpf_skb_change_tail(skb, skb->len + 8, 0));
	return 0;
}

int do_skb_change_head(ARGS)
{
	answer(0, bpf_skb_change_head(skb, 6, 0));
	return 0;
}

int do_skb_adjust_room(ARGS)
{
	answer(0, bpf_skb_adjust_room(skb, 20, BPF_ADJ_ROOM_NET, 0));
	return 0;
}

int do_skb_pull_data(ARGS)
{
	answer(0, bpf_skb_pull_data(skb, skb->len));
	answer(1, skb->data_end - skb->data);
	return 0;
}

int do_skb_change_proto(ARGS)
{
	answer(0, bpf_skb_change_proto(skb, bpf_htons(ETH_P_IPV6), 0));
	answer(1, bpf_ntohs(skb->protocol));
	return 0;
}

int do_skb_change_type(ARGS)
{
	answer(0, skb->pkt_type);
	answer(1, bpf_skb_change_type(skb, 1));
	answer(2, skb->pkt_type);
	return 0;
}

int do_set_hash(ARGS)
{
	u32 hash = bpf_get_hash_recalc(skb);

	answer(0, hash != 0);
	bpf_set_hash(skb, hash + 1);
	answer(1, bpf_get_hash_recalc(skb) - hash);
	bpf_set_hash_invalid(skb);
	answer(2, skb->hash);
	answer(3, bpf_get_hash_recalc(skb) - hash);
	return 0;
}

int do_skb_ecn_set_ce(ARGS)
{
	answer(0, bpf_skb_ecn_set_ce(skb));
	return 0;
}

int do_skb_set_tunnel_key(ARGS)
{
	struct bpf_tunnel_key key = { .tunnel_id = 77, .remote_ipv4 = 0x0a000001, .tunnel_ttl = 9 }, got = {};
	u32 option = 5, back = 0;

	answer(0, bpf_skb_set_tunnel_key(skb, &key, sizeof(key), 0));
	answer(1, bpf_skb_set_tunnel_opt(skb, &option, sizeof(option)));
	answer(2, bpf_skb_get_tunnel_key(skb, &got, sizeof(got), 0));
	answer(3, got.tunnel_id);
	answer(4, got.local_ipv4);
	answer(5, got.tunnel_ttl);
	answer(6, bpf_skb_get_tunnel_opt(skb, &back, sizeof(back)));
	answer(7, back);
	return 0;
}

int do_skb_set_tstamp(ARGS)
{
	answer(0, bpf_skb_set_tstamp(skb, 12345, BPF_SKB_TSTAMP_DELIVERY_MONO));
	answer(1, skb->tstamp);
	return 0;
}

int do_fib_lookup(ARGS)
{
	struct bpf_fib_lookup p = {};

	p.family = 2;
	p.ifindex = input(0);
	p.ipv4_src = bpf_htonl(0x7f000001);
	p.ipv4_dst = bpf_htonl(input(1));
	answer(0, bpf_fib_lookup(skb, &p, sizeof(p), 0));
	answer(1, p.ifindex);
	return 0;
}

int do_check_mtu(ARGS)
{
	u32 mtu = 0;

	answer(0, bpf_check_mtu(skb, input(0), &mtu, 0, 0));
	answer(1, mtu);
	mtu = 0;
	answer(2, bpf_check_mtu(skb, input(0), &mtu, 2000000, 0));
	return 0;
}

int do_redirect(ARGS) { return bpf_redirect(input(0), 0); }
int do_redirect_peer(ARGS) { return bpf_redirect_peer(input(0), 0); }

/* BCC's declaration lacks an argument. */
static long (*redirect_neigh)(u32, void *, int, u64) = (void *)BPF_FUNC_redirect_neigh;

int do_redirect_neigh(ARGS) { return redirect_neigh(input(0), NULL, 0, 0); }

int do_ktime_get_coarse_ns(ARGS)
{
	answer(0, bpf_ktime_get_coarse_ns());
	return 0;
}

int do_spin_lock(ARGS)
{
	int zero = 0;
	struct locked *l = guarded.lookup(&zero);

	if (!l)
		return 1;
	bpf_spin_lock(&l->lock);
	l->number++;
	bpf_spin_unlock(&l->lock);
	answer(0, l->number);
	return 0;
}

int do_perf_submit_skb(ARGS)
{
	u64 mark = 0x1122334455667788;

	answer(0, events.perf_submit_skb(skb, 20, &mark, sizeof(mark)));
	return 0;
}

/* Whose packet it is. */

int do_get_socket_cookie(ARGS) { answer(0, bpf_get_socket_cookie(skb)); return 0; }
int do_get_socket_uid(ARGS) { answer(0, bpf_get_socket_uid(skb)); return 0; }
int do_get_cgroup_classid(ARGS) { answer(0, bpf_get_cgroup_classid(skb)); return 0; }
int do_get_route_realm(ARGS) { answer(0, bpf_get_route_realm(skb)); return 0; }
int do_skb_cgroup_classid(ARGS) { answer(0, bpf_skb_cgroup_classid((void *)skb)); return 0; }
int do_skb_cgroup_id(ARGS) { answer(0, bpf_skb_cgroup_id(skb)); return 0; }
int do_skb_ancestor_cgroup_id(ARGS) { answer(0, bpf_skb_ancestor_cgroup_id(skb, 0)); return 0; }
int do_get_netns_cookie(ARGS) { answer(0, bpf_get_netns_cookie(skb)); return 0; }

/* Sockets of this machine. */

static inline void tuple(struct bpf_sock_tuple *t)
{
	t->ipv4.saddr = bpf_htonl(0x7f000001);
	t->ipv4.daddr = bpf_htonl(0x7f000001);
	t->ipv4.sport = bpf_htons(1);
	t->ipv4.dport = bpf_htons(input(2));
}

int do_sk_lookup_udp(ARGS)
{
	struct bpf_sock_tuple t = {};
	struct bpf_sock *sk;

	tuple(&t);
	sk = bpf_sk_lookup_udp(skb, &t, sizeof(t.ipv4), BPF_F_CURRENT_NETNS, 0);
	if (!sk)
		return 2;
	answer(0, sk->src_port);
	answer(1, sk->protocol);
	bpf_sk_release(sk);
	return 0;
}

int do_sk_lookup_tcp(ARGS)
{
	struct bpf_sock_tuple t = {};
	struct bpf_sock *sk, *listener, *full;
	struct bpf_tcp_sock *tcp;
	u64 start = 10, *note;

	tuple(&t);
	sk = bpf_sk_lookup_tcp(skb, &t, sizeof(t.ipv4), BPF_F_CURRENT_NETNS, 0);
	if (!sk)
		return 2;
	answer(0, sk->src_port);
	answer(1, sk->state);
	full = bpf_sk_fullsock(sk);
	if (full) {
		answer(2, full->protocol);
		note = notes.sk_storage_get(full, &start, BPF_SK_STORAGE_GET_F_CREATE);
		if (note)
			answer(3, ++*note);
	}
	tcp = bpf_tcp_sock(sk);
	answer(4, tcp ? tcp->snd_cwnd : 0);
	listener = bpf_get_listener_sock(sk);
	answer(5, listener ? listener->src_port : 0);
	bpf_sk_release(sk);
	return 0;
}

int do_sk_storage_delete(ARGS)
{
	struct bpf_sock_tuple t = {};
	struct bpf_sock *sk;

	tuple(&t);
	sk = bpf_skc_lookup_tcp(skb, &t, sizeof(t.ipv4), BPF_F_CURRENT_NETNS, 0);
	if (!sk)
		return 2;
	answer(0, sk->src_port);
	answer(1, notes.sk_storage_get(sk, NULL, 0) != NULL);
	answer(2, notes.sk_storage_delete(sk));
	answer(3, notes.sk_storage_delete(sk));
	bpf_sk_release(sk);
	return 0;
}

int do_tcp_gen_syncookie(ARGS)
{
	struct bpf_sock_tuple t = {};
	struct tcphdr syn = { .source = bpf_htons(1), .doff = 5, .syn = 1, .seq = bpf_htonl(100) };
	struct tcphdr ack = { .source = bpf_htons(1), .doff = 5, .ack = 1, .seq = bpf_htonl(101) };
	struct iphdr ip = { .version = 4, .ihl = 5, .protocol = IPPROTO_TCP };
	struct bpf_sock *sk;
	long long cookie;

	ip.saddr = ip.daddr = bpf_htonl(0x7f000001);
	syn.dest = ack.dest = bpf_htons(input(2));
	tuple(&t);
	sk = bpf_skc_lookup_tcp(skb, &t, sizeof(t.ipv4), BPF_F_CURRENT_NETNS, 0);
	if (!sk)
		return 2;
	cookie = bpf_tcp_gen_syncookie(sk, &ip, sizeof(ip), &syn, sizeof(syn));
	answer(0, cookie);
	ack.ack_seq = bpf_htonl((u32)cookie + 1);
	answer(1, bpf_tcp_check_syncookie(sk, &ip, sizeof(ip), &ack, sizeof(ack)));
	bpf_sk_release(sk);
	return 0;
}

int do_tcp_raw_gen_syncookie_ipv4(ARGS)
{
	struct tcphdr h = { .source = bpf_htons(1), .dest = bpf_htons(2), .doff = 5, .syn = 1, .seq = bpf_htonl(100) };
	struct iphdr ip = { .version = 4, .ihl = 5, .protocol = IPPROTO_TCP };
	s64 cookie = bpf_tcp_raw_gen_syncookie_ipv4(&ip, &h, sizeof(h));

	answer(0, cookie);
	h.syn = 0;
	h.ack = 1;
	h.seq = bpf_htonl(101);
	h.ack_seq = bpf_htonl((u32)cookie + 1);
	answer(1, bpf_tcp_raw_check_syncookie_ipv4(&ip, &h));
	h.ack_seq = bpf_htonl((u32)cookie + 9);
	answer(2, bpf_tcp_raw_check_syncookie_ipv4(&ip, &h));
	return 0;
}

int do_tcp_raw_gen_syncookie_ipv6(ARGS)
{
	struct tcphdr h = { .source = bpf_htons(1), .dest = bpf_htons(2), .doff = 5, .syn = 1, .seq = bpf_htonl(100) };
	struct ipv6hdr ip = { .version = 6, .nexthdr = IPPROTO_TCP };
	s64 cookie = bpf_tcp_raw_gen_syncookie_ipv6(&ip, &h, sizeof(h));

	answer(0, cookie);
	h.syn = 0;
	h.ack = 1;
	h.seq = bpf_htonl(101);
	h.ack_seq = bpf_htonl((u32)cookie + 1);
	answer(1, bpf_tcp_raw_check_syncookie_ipv6(&ip, &h));
	h.ack_seq = bpf_htonl((u32)cookie + 9);
	answer(2, bpf_tcp_raw_check_syncookie_ipv6(&ip, &h));
	return 0;
}

/* Words in the order of networks. */
int do_ntohs(ARGS)
{
	unsigned __int128 wide = bpf_ntoh128(((unsigned __int128)1 << 64) | 2);

	answer(0, bpf_ntohs(0x0102));
	answer(1, bpf_htons(0x0102));
	answer(2, bpf_ntohl(0x01020304));
	answer(3, bpf_htonl(0x01020304));
	answer(4, bpf_ntohll(0x0102030405060708ull));
	answer(5, bpf_htonll(0x0102030405060708ull));
	answer(6, wide >> 64);
	answer(7, (u64)wide);
	wide = bpf_hton128((unsigned __int128)1);
	answer(8, wide >> 64);
	answer(9, MASK(3));
	answer(10, MASK(40));
	answer(11, MASK128(65) >> 64);
	return 0;
}

int do_log2(ARGS)
{
	answer(0, bpf_log2(1));
	answer(1, bpf_log2(1024));
	answer(2, bpf_log2l(1));
	answer(3, bpf_log2l(1024));
	answer(4, bpf_log2l(1ull << 40));
	return 0;
}

int do_skc_to_mptcp_sock(ARGS)
{
	struct bpf_sock_tuple t = {};
	struct bpf_sock *sk;

	tuple(&t);
	sk = bpf_skc_lookup_tcp(skb, &t, sizeof(t.ipv4), BPF_F_CURRENT_NETNS, 0);
	if (!sk)
		return 2;
	answer(0, bpf_skc_to_mptcp_sock(sk) ? 1 : 0);
	bpf_sk_release(sk);
	return 0;
}

int do_skb_get_xfrm_state(ARGS)
{
	struct bpf_xfrm_state state = { .reqid = 7 };

	answer(0, bpf_skb_get_xfrm_state(skb, 0, &state, sizeof(state), 0));
	answer(1, state.reqid);
	return 0;
}

int do_clone_redirect(ARGS)
{
	answer(0, bpf_clone_redirect(skb, input(0), 0));
	answer(1, bpf_clone_redirect(skb, 1 << 30, 0));
	return 0;
}

/* Connections to the port in[3] get to the listener at in[2]. */
int do_sk_assign(ARGS)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct tcphdr *tcp = data + sizeof(struct ethhdr) + sizeof(struct iphdr);
	struct bpf_sock_tuple t = {};
	struct bpf_sock *sk;

	if ((void *)(tcp + 1) > end || tcp->dest != bpf_htons(input(3)) || !tcp->syn)
		return 0;
	tuple(&t);
	sk = bpf_skc_lookup_tcp(skb, &t, sizeof(t.ipv4), BPF_F_CURRENT_NETNS, 0);
	if (!sk)
		return 0;
	answer(0, bpf_sk_assign(skb, sk, 0));
	bpf_sk_release(sk);
	return 0;
}
