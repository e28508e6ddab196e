BPF_CGROUP_ARRAY(groups, 1);
BPF_HASH(inside, u32);

int member(struct pt_regs *ctx)
{
	u32 pid = bpf_get_current_pid_tgid();

	if (groups.check_current_task(0) == 1)
		inside.increment(pid);
	return 0;
}
