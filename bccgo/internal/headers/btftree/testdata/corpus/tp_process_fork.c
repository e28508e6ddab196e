TRACEPOINT_PROBE(sched, sched_process_fork)
{
	bpf_trace_printk("%d made %d\n", args->parent_pid, args->child_pid);
	return 0;
}
