BPF_HISTOGRAM(lens);

TRACEPOINT_PROBE(net, netif_receive_skb)
{
	lens.increment(bpf_log2l(args->len));
	return 0;
}
TRACEPOINT_PROBE(net, net_dev_queue)
{
	lens.increment(bpf_log2l(args->len));
	return 0;
}
