BPF_PERF_OUTPUT(events);

struct call {
	u64 id;
	char file[64];
};
TRACEPOINT_PROBE(syscalls, sys_enter_execve)
{
	struct call c = {};

	c.id = bpf_get_current_pid_tgid();
	bpf_probe_read_user_str(c.file, sizeof(c.file), args->filename);
	events.perf_submit(args, &c, sizeof(c));
	return 0;
}
