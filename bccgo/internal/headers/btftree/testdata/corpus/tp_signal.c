#include <linux/signal.h>

TRACEPOINT_PROBE(signal, signal_generate)
{
	if (args->sig == SIGKILL || args->code == SI_USER)
		bpf_trace_printk("%d gets %d\n", args->pid, args->sig);
	return args->result;
}
