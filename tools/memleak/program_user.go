package main

// userProgram follows the calls of one process. Of calls that other calls make
// only the outermost counts, which the stack tells: calloc may be a malloc, and a
// large malloc is an mmap.
//
// An allocation is looked at when its call returns, since its frame is gone then:
// the stack begins in the caller. Functions without frame pointers, such as
// operator new and strdup, hide their caller, so that those that allocate once in
// every call say who that is.
//
// Mappings can be given back in parts. So that the order stays, they go through a
// queue, and the tool keeps them.
const userProgram = `
enum function {
	MALLOC, CALLOC, REALLOC, REALLOCARRAY, POSIX_MEMALIGN, MEMALIGN, VALLOC,
	PVALLOC, FREE, MMAP, MREMAP, MUNMAP,
};

#define LIBRARY (4 << 20)	/* more than a C library has code */

enum op { MAP, UNMAP, UNDO, EXIT };

struct call {
	u64 stack;	/* after the return */
	u64 size;
	u64 from;	/* what is given back: realloc, mremap, munmap */
	u64 from_size;
	u64 out;	/* where posix_memalign puts the address */
	u64 caller, caller_frame;
	u32 function;
	u32 passed_over;
	struct allocation old;
};

struct caller {
	u64 stack;
	u64 ip;
	u64 frame;
};

/* The last free of a thread. */
struct free {
	u64 stack;
	u64 function;
	u64 from;
};

struct mapping {
	u64 address;
	u64 size;
	u64 time;
	u64 stack;
	u32 op;
	u32 tid;
	u32 execs;
	u32 unused;
};

BPF_HASH(calls, u64, struct call, 10240);
BPF_HASH(callers, u64, struct caller, 10240);
BPF_TABLE("lru_hash", u64, struct free, frees, 10240);
BPF_QUEUE(mappings, struct mapping, 65536);

/* The stack pointer after the return, at the entry. */
static inline u64 caller_stack(struct pt_regs *ctx)
{
#if defined(__x86_64__)
	return PT_REGS_SP(ctx) + 8;
#else
	return PT_REGS_SP(ctx);
#endif
}

static inline void push(struct config *c, u32 op, u64 address, u64 size, u64 stack)
{
	struct mapping m = {.address = address, .size = size, .stack = stack, .op = op};

	m.time = bpf_ktime_get_ns();
	m.tid = bpf_get_current_pid_tgid();
	m.execs = c->execs;
	if (mappings.push(&m, 0))
		miss(MISSED_CALLS);
}

static inline u64 call_stack(struct pt_regs *ctx, struct call *call)
{
	u64 frame = PT_REGS_FP(ctx);

	/* Else one load is made of two, which the verifier refuses. */
	asm volatile("" : "+r"(frame));
	if (call->caller)
		frame = call->caller_frame;
	return user_stack(PT_REGS_IP(ctx), call->caller, frame);
}

/* Where the product is too large the call fails. It must not look like 0 then. */
static inline u64 product(u64 n, u64 size)
{
	return n && size && !(n * size) ? ~0ULL : n * size;
}

/* Whether a call is made by another one, or is what that one jumped to. */
static inline int inside(struct call *outer, struct call *call)
{
	if (outer->stack == call->stack)
		return outer->size == call->size && outer->from == call->from;
	return outer->stack > call->stack && outer->stack - call->stack < 65536;
}

static inline int is_mapping(struct call *call)
{
	return call->function >= MMAP;
}

/*
 * Whether free maps or unmaps for itself. Its returns are not seen, for they would
 * cost as much again: it must have been called close above, from where the stack
 * still says, and this call must come from its own library.
 */
static inline int in_free(struct pt_regs *ctx, u64 thread, struct call *call)
{
	struct free *f = frees.lookup(&thread);
	u64 from = 0;

	if (!f || f->stack <= call->stack || f->stack - call->stack > 1024)
		return 0;
	if (return_address(ctx) - f->function + LIBRARY > 2 * LIBRARY)
		return 0;
#if defined(__x86_64__)
	bpf_probe_read_user(&from, sizeof(from), (void *)(f->stack - 8));
	return from == f->from;
#else
	return 1;
#endif
}

static inline void find_caller(u64 thread, struct call *call)
{
	struct caller *caller = callers.lookup(&thread);

	if (!caller)
		return;
	if (caller->stack >= call->stack && caller->stack - call->stack <= 1024) {
		call->caller = caller->ip;
		call->caller_frame = caller->frame;
	}
	callers.delete(&thread);
}

static inline int enter(struct pt_regs *ctx, struct call *call)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct config *c = wanted();
	struct call *outer;

	if (!c)
		return 0;
	call->stack = caller_stack(ctx);
	outer = calls.lookup(&thread);
	if (outer && inside(outer, call))
		return 0;
	if (is_mapping(call) && in_free(ctx, thread, call))
		return 0;
	find_caller(thread, call);
	call->passed_over = passed_over(c, call->size);
	/* At once, as another thread can get the memory before this call returns. */
	if (!is_mapping(call) && call->from)
		forget(c, call->from, &call->old);
	else if (call->from_size && !c->trace)
		push(c, UNMAP, call->from, call->from_size, 0);
	if (calls.update(&thread, call))
		miss(MISSED_CALLS);
	return 0;
}

int malloc_enter(struct pt_regs *ctx, u64 size)
{
	struct call call = {.function = MALLOC, .size = size};

	return enter(ctx, &call);
}

int calloc_enter(struct pt_regs *ctx, u64 n, u64 size)
{
	struct call call = {.function = CALLOC, .size = product(n, size)};

	return enter(ctx, &call);
}

int realloc_enter(struct pt_regs *ctx, u64 from, u64 size)
{
	struct call call = {.function = REALLOC, .size = size, .from = from};

	return enter(ctx, &call);
}

int reallocarray_enter(struct pt_regs *ctx, u64 from, u64 n, u64 size)
{
	struct call call = {.function = REALLOCARRAY, .size = product(n, size), .from = from};

	return enter(ctx, &call);
}

int posix_memalign_enter(struct pt_regs *ctx, u64 out, u64 alignment, u64 size)
{
	struct call call = {.function = POSIX_MEMALIGN, .size = size, .out = out};

	return enter(ctx, &call);
}

int memalign_enter(struct pt_regs *ctx, u64 alignment, u64 size)
{
	struct call call = {.function = MEMALIGN, .size = size};

	return enter(ctx, &call);
}

int valloc_enter(struct pt_regs *ctx, u64 size)
{
	struct call call = {.function = VALLOC, .size = size};

	return enter(ctx, &call);
}

int pvalloc_enter(struct pt_regs *ctx, u64 size)
{
	struct call call = {.function = PVALLOC, .size = size};

	return enter(ctx, &call);
}

int mmap_enter(struct pt_regs *ctx, u64 address, u64 size)
{
	struct call call = {.function = MMAP, .size = size};

	return enter(ctx, &call);
}

#define KEEPS_OLD 4	/* MREMAP_DONTUNMAP */

int mremap_enter(struct pt_regs *ctx, u64 from, u64 from_size, u64 size, u64 flags)
{
	struct call call = {.function = MREMAP, .size = size, .from = from};

	if (!(flags & KEEPS_OLD))
		call.from_size = from_size;
	return enter(ctx, &call);
}

int munmap_enter(struct pt_regs *ctx, u64 from, u64 size)
{
	struct call call = {.function = MUNMAP, .size = size, .from = from, .from_size = size};

	return enter(ctx, &call);
}

int free_enter(struct pt_regs *ctx, u64 address)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct free f = {.stack = caller_stack(ctx), .function = PT_REGS_IP(ctx)};
	struct config *c = wanted();
	struct allocation old = {};

	if (!c || !address)
		return 0;
	f.from = return_address(ctx);
	frees.update(&thread, &f);
	if (!forget(c, address, &old) && c->trace)
		show(ctx, FREE, old.size, address, 0);
	return 0;
}

/* An outer one stays: new[] is a new, and that without exceptions another. */
int caller_enter(struct pt_regs *ctx)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct caller caller = {.stack = caller_stack(ctx), .frame = PT_REGS_FP(ctx)}, *outer;

	if (!wanted())
		return 0;
	outer = callers.lookup(&thread);
	if (outer && outer->stack >= caller.stack && outer->stack - caller.stack <= 256)
		return 0;
	caller.ip = return_address(ctx);
	callers.update(&thread, &caller);
	return 0;
}

/* The address that a call returns, 0 if it failed. */
static inline u64 result(struct pt_regs *ctx, struct call *call)
{
	u64 address = PT_REGS_RC(ctx);

	switch (call->function) {
	case POSIX_MEMALIGN:
		if ((int)address || bpf_probe_read_user(&address, sizeof(address), (void *)call->out))
			return 0;
		return address;
	case MMAP:
	case MREMAP:
		return address == -1 ? 0 : address;
	case MUNMAP:
		return (int)address ? 0 : call->from;
	}
	return address;
}

static inline void leave_mapping(struct pt_regs *ctx, struct config *c, struct call *call, u64 address)
{
	if (!address && call->from_size)
		push(c, UNDO, 0, 0, 0);
	if (!address || call->function == MUNMAP)
		return;
	if (call->passed_over)
		push(c, UNMAP, address, call->size, 0);
	else
		push(c, MAP, address, call->size, call_stack(ctx, call));
}

static inline void leave_allocation(struct pt_regs *ctx, struct config *c, struct call *call, u64 address)
{
	struct allocation a = {.size = call->size, .execs = c->execs};

	if (!address) {
		/* realloc to nothing frees, else a failure leaves all as it was. */
		if (call->old.time && call->size)
			remember(c, call->from, &call->old);
		return;
	}
	if (call->passed_over)
		return;
	a.time = bpf_ktime_get_ns();
	a.stack = call_stack(ctx, call);
	remember(c, address, &a);
}

int leave(struct pt_regs *ctx)
{
	u64 thread = bpf_get_current_pid_tgid(), address;
	struct config *c = wanted();
	struct call *call = calls.lookup(&thread), done;

	if (!c || !call || call->stack != PT_REGS_SP(ctx))
		return 0;
	done = *call;
	calls.delete(&thread);
	address = result(ctx, &done);
	if (c->trace && !done.passed_over)
		show(ctx, done.function, done.size, address, done.from);
	if (!is_mapping(&done))
		leave_allocation(ctx, c, &done, address);
	else if (!c->trace)
		leave_mapping(ctx, c, &done, address);
	return 0;
}

/* Another program has other memory. */
RAW_TRACEPOINT_PROBE(sched_process_exec)
{
	struct config *c = wanted();

	if (c && c->pid)
		lock_xadd(&c->execs, 1);
	return 0;
}

#ifdef HOLD
/* The process stops before it ends: what its stacks mean goes with it. */
int exit_enter(struct pt_regs *ctx)
{
	struct config *c = wanted();

	if (!c || !c->hold)
		return 0;
	push(c, EXIT, 0, 0, 0);
	bpf_send_signal(19);	/* SIGSTOP */
	return 0;
}
#endif
`
