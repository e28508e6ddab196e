#include <linux/skbuff.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <linux/icmp.h>
#include <linux/if_ether.h>

int headers(struct pt_regs *ctx, struct sk_buff *skb)
{
	struct iphdr ip;
	struct tcphdr tcp;
	struct ethhdr eth;
	struct udphdr udp;

	bpf_probe_read_kernel(&eth, sizeof(eth), eth_hdr(skb));
	bpf_probe_read_kernel(&ip, sizeof(ip), ip_hdr(skb));
	bpf_probe_read_kernel(&tcp, sizeof(tcp), tcp_hdr(skb));
	bpf_probe_read_kernel(&udp, sizeof(udp), udp_hdr(skb));
	return ip.ttl + tcp.urg + eth.h_proto + udp.len + (ipv6_hdr(skb) == 0) + (icmp_hdr(skb) == 0);
}
