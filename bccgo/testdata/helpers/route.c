/* Functions at routes; answers are left in out[]. */
#include <linux/bpf.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/in.h>
#include <linux/seg6.h>
#include <linux/seg6_local.h>

#define ARGS struct __sk_buff *skb

struct text {
	char s[128];
};

BPF_ARRAY(out, u64, 24);
BPF_ARRAY(said, struct text, 1);

static inline void answer(int at, u64 value)
{
	out.update(&at, &value);
}

int count(ARGS)
{
	answer(0, skb->len);
	return BPF_OK;
}

int refuse(ARGS) { return BPF_DROP; }

/* Into a tunnel to 10.66.0.9. */
int do_lwt_push_encap(ARGS)
{
	struct iphdr outer = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_IPIP };

	outer.saddr = bpf_htonl(0x0a420001);
	outer.daddr = bpf_htonl(0x0a420009);
	outer.tot_len = bpf_htons(skb->len + sizeof(outer));
	answer(0, bpf_lwt_push_encap(skb, BPF_LWT_ENCAP_IP, &outer, sizeof(outer)));
	return BPF_OK;
}

/*
 * Behind the 40 bytes of the header come 8 and two segments of the routing
 * header. A tag is written, padding put behind the segments, and the packet
 * sent on to the next one.
 */
int do_lwt_seg6_action(ARGS)
{
	u8 padding[8] = { SR6_TLV_PADDING, 6 };
	u16 tag = bpf_htons(0xbcc6);
	u32 table = 254;

	answer(0, bpf_lwt_seg6_store_bytes(skb, 40 + 6, &tag, sizeof(tag)));
	answer(1, bpf_lwt_seg6_adjust_srh(skb, 40 + 8 + 32, 8));
	answer(2, bpf_lwt_seg6_store_bytes(skb, 40 + 8 + 32, padding, sizeof(padding)));
	answer(3, bpf_lwt_seg6_action(skb, SEG6_LOCAL_ACTION_END_T, &table, sizeof(table)));
	return BPF_REDIRECT;
}
