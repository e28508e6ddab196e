package main

// program sends an event for each call and each return. Arguments are read in
// the function that is attached, so it is there twice.
const program = `
struct event {
	u64 ns;
	u32 pid;
	u32 tid;
	int line;
	u32 is_return;
	char function[48];
	char file[96];
};
BPF_PERF_OUTPUT(events);

static inline int report(void *ctx, struct event *e, char *file, char *function)
{
	u64 id = bpf_get_current_pid_tgid();

	e->ns = bpf_ktime_get_ns();
	e->pid = id >> 32;
	e->tid = id;
	bpf_probe_read_user_str(e->file, sizeof(e->file), file);
	bpf_probe_read_user_str(e->function, sizeof(e->function), function);
	events.perf_submit(ctx, e, sizeof(*e));
	return 0;
}

int on_call(struct pt_regs *ctx)
{
	struct event e = {};
	char *file, *function;

	bpf_usdt_readarg(1, ctx, &file);
	bpf_usdt_readarg(2, ctx, &function);
	bpf_usdt_readarg(3, ctx, &e.line);
	return report(ctx, &e, file, function);
}

int on_return(struct pt_regs *ctx)
{
	struct event e = {.is_return = 1};
	char *file, *function;

	bpf_usdt_readarg(1, ctx, &file);
	bpf_usdt_readarg(2, ctx, &function);
	bpf_usdt_readarg(3, ctx, &e.line);
	return report(ctx, &e, file, function);
}`

type event struct {
	NS       uint64
	PID, TID uint32
	Line     int32
	IsReturn uint32
	Function [48]byte
	File     [96]byte
}
