package follow

// userC follows functions of user space. A call is known by its thread and the
// stack after its return. Several can have the same one, where a function leaves
// its frame to another as the last thing it does: then the other finds the
// kernel's own return address on the stack, which is the start of a page. Calls
// that never return are left behind: another call in their place takes it, or else
// the oldest have to make room.
const userC = `
#define TAILS 4

struct call_id {
	u64 thread;
	u64 stack;
	u32 program;
	u32 tail;
};

BPF_TABLE("lru_hash", struct call_id, struct call, calls, 10240);

static inline int is_tail(struct pt_regs *ctx)
{
	u64 address = 1;

#if defined(__x86_64__)
	bpf_probe_read_user(&address, sizeof(address), (void *)PT_REGS_SP(ctx));
#else
	address = PT_REGS_RET(ctx);
#endif
	return !(address & 0xfff);
}

/* How many calls share the stack. */
static inline u32 tails(struct call_id *id)
{
	id->tail = 0;
#pragma unroll
	for (int i = 0; i < TAILS; i++) {
		if (!calls.lookup(id))
			break;
		id->tail++;
	}
	return id->tail;
}

static inline int user_enter(struct pt_regs *ctx, u64 place)
{
	struct call_id id = {.thread = bpf_get_current_pid_tgid(), .stack = PT_REGS_SP(ctx), .program = place >> 12};
	struct call call = {.place = place};
	u32 n;

	if (!wanted())
		return 0;
#if defined(__x86_64__)
	id.stack += 8;	/* the return address */
#endif
	n = tails(&id);
	if (n && !is_tail(ctx)) {
#pragma unroll
		for (int i = 1; i < TAILS; i++) {
			id.tail = i;
			if (i < n)
				calls.delete(&id);
		}
		n = 0;
	}
	if (n == TAILS) {
		miss(MISSED_CALLS);
		return 0;
	}
	id.tail = n;
	began(ctx, &call);
	call.begin = bpf_ktime_get_ns();
	calls.update(&id, &call);
	return 0;
}

static inline int user_leave(struct pt_regs *ctx, u32 program)
{
	struct call_id id = {.thread = bpf_get_current_pid_tgid(), .stack = PT_REGS_SP(ctx), .program = program};
	struct call *call;
	u32 n;

	if (!wanted())
		return 0;
	n = tails(&id);
	if (!n)
		goto missed;
	id.tail = n - 1;
	call = calls.lookup(&id);
	if (!call)
		goto missed;
	if (counts(call->begin))
		ended(ctx, call, 0);
	calls.delete(&id);
	return 0;
missed:
	miss(MISSED_CALLS);
	return 0;
}
`
