BPF_HASH(begun, u64);

TRACEPOINT_PROBE(vmscan, mm_vmscan_direct_reclaim_begin)
{
	u64 id = bpf_get_current_pid_tgid(), ts = bpf_ktime_get_ns();

	begun.update(&id, &ts);
	return args->order;
}
TRACEPOINT_PROBE(vmscan, mm_vmscan_direct_reclaim_end)
{
	return args->nr_reclaimed;
}
