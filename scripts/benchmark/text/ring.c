struct event {
	u64 nth;
	u64 ns;
	u64 id;
	u32 cpu;
	u32 uid;
};
BPF_ARRAY(calls, u64, 1);
BPF_ARRAY(lost, u64, 1);
BPF_RINGBUF_OUTPUT(events, 256);

TRACEPOINT_PROBE(syscalls, sys_enter_getppid)
{
	struct event e = {};
	int zero = 0;
	u64 *nth;

	e.id = bpf_get_current_pid_tgid();
	if (e.id >> 32 != PRODUCER)
		return 0;
	nth = calls.lookup(&zero);
	if (!nth)
		return 0;
	e.nth = ++*nth;
	e.ns = bpf_ktime_get_ns();
	e.cpu = bpf_get_smp_processor_id();
	e.uid = bpf_get_current_uid_gid();
	if (events.ringbuf_output(&e, sizeof(e), 0) < 0)
		lost.increment(zero);
	return 0;
}
