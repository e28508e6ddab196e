BPF_HASH(bytes, u32);

TRACEPOINT_PROBE(block, block_rq_issue)
{
	u32 dev = args->dev;
	char comm[16];

	bpf_probe_read_kernel(comm, sizeof(comm), args->comm);
	if (comm[0])
		bytes.increment(dev, args->bytes);
	return args->rwbs[0] == 'W';
}
