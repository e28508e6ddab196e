struct event {
	u64 ns;
	u64 id;
	char comm[16];
};
BPF_PERF_OUTPUT(events);

TRACEPOINT_PROBE(syscalls, sys_enter_getppid)
{
	struct event e = {};

	e.id = bpf_get_current_pid_tgid();
	if (e.id >> 32 != PRODUCER)
		return 0;
	e.ns = bpf_ktime_get_ns();
	bpf_get_current_comm(&e.comm, sizeof(e.comm));
	events.perf_submit(args, &e, sizeof(e));
	return 0;
}
