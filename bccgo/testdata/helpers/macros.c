/* One function a macro or rewriting of BCC's, run by request or at a hook. */
#include <linux/sched.h>
#include <linux/bpf.h>
#include <uapi/linux/ptrace.h>

#define ARGS struct bpf_raw_tracepoint_args *ctx

struct text {
	char s[128];
};

struct pair {
	u32 key;
	u16 value;
};

BPF_ARRAY(out, u64, 24);
BPF_ARRAY(said, struct text, 1);
BPF_HASH(counts, u32, u64, 1);
BPF_HASH(pairs, struct pair, u16, 4);
BPF_HASH(tasks, u64, struct task_struct *, 4);
BPF_QUEUESTACK("stack", pile, u64, 4, 0);
BPF_QUEUESTACK_SHARED("queue", line, u64, 4, 0);
BPF_TABLE("stacktrace", int, struct bpf_stacktrace, stacks, 4);
BPF_F_TABLE("stacktrace", int, struct bpf_stacktrace_buildid, builds, 4, BPF_F_STACK_BUILD_ID);

/* As the macros do it. */
struct handmade_table_t {
	int key;
	u64 leaf;
	int (*update)(int *key, u64 *value);
	u32 max_entries;
};

BCC_SEC("maps/array") struct handmade_table_t handmade = { .max_entries = 3 };

static inline void answer(int at, u64 value)
{
	out.update(&at, &value);
}

/* The second key does not fit, and ends the function. */
int do_lookup_or_init(ARGS)
{
	u32 first = 1, second = 2;
	u64 start = 40, *n;

	n = counts.lookup_or_init(&first, &start);
	answer(0, ++*n);
	n = counts.lookup_or_init(&first, &start);
	answer(1, ++*n);
	n = counts.lookup_or_init(&second, &start);
	answer(2, *n);
	return 5;
}

int do_atomic_increment(ARGS)
{
	u32 key = 1;
	u64 *n;

	counts.atomic_increment(key);
	counts.atomic_increment(key, 10);
	n = counts.lookup(&key);
	answer(0, n ? *n : 0);
	return 0;
}

int do_key_leaf(ARGS)
{
	typeof(pairs.key) key = { .key = 3, .value = 4 };
	typeof(pairs.leaf) *found, value = 0x2345;

	pairs.update(&key, &value);
	found = pairs.lookup(&key);
	answer(0, found ? *found : 0);
	answer(1, sizeof(key));
	answer(2, sizeof(value));
	return 0;
}

int do_section(ARGS)
{
	int at = 2;
	u64 value = 19;

	answer(0, handmade.update(&at, &value));
	at = 3;
	answer(1, handmade.update(&at, &value));
	return 0;
}

int do_pile(ARGS)
{
	u64 one = 1, two = 2, got = 0;

	pile.push(&one, 0);
	pile.push(&two, 0);
	pile.pop(&got);
	answer(0, got);
	line.push(&one, 0);
	line.push(&two, 0);
	line.pop(&got);
	answer(1, got);
	return 0;
}

int do_sizes(ARGS)
{
	answer(0, BPF_MAX_STACK_DEPTH);
	answer(1, sizeof(struct bpf_stacktrace));
	answer(2, sizeof(struct bpf_stacktrace_buildid));
	answer(3, stacks.get_stackid(ctx, BPF_F_USER_STACK));
	answer(4, builds.get_stackid(ctx, BPF_F_USER_STACK));
	return 0;
}

/* Followed through a function and a table, each with reads of its own. */
static inline struct task_struct *parent_of(struct task_struct *task)
{
	return task->real_parent;
}

int do_pointers(ARGS)
{
	struct task_struct *task = (void *)bpf_get_current_task(), **kept;
	int *id = &task->tgid;
	u64 key = 1;

	answer(0, parent_of(task)->tgid);
	answer(1, *id);
	tasks.update(&key, &task);
	kept = tasks.lookup(&key);
	if (kept)
		answer(2, (*kept)->tgid);
	answer(3, id[0]);
	return 0;
}

/* What older kernels have as CC_STACKPROTECTOR_STRONG. */
int do_stackprotector(ARGS)
{
#ifdef CONFIG_CC_STACKPROTECTOR
	answer(0, 1);
#endif
	return 0;
}

/* The registers of a system call's caller. */
int do_syscall(ARGS)
{
	struct pt_regs regs;

	if (bpf_get_current_pid_tgid() >> 32 != ME || ctx->args[1] != NR)
		return 0;
	bpf_probe_read_kernel(&regs, sizeof(regs), (void *)ctx->args[0]);
	answer(0, PT_REGS_PARM1_SYSCALL(&regs));
	answer(1, PT_REGS_PARM2_SYSCALL(&regs));
	answer(2, PT_REGS_PARM3_SYSCALL(&regs));
	answer(3, PT_REGS_PARM4_SYSCALL(&regs));
	answer(4, PT_REGS_PARM5_SYSCALL(&regs));
	answer(5, PT_REGS_PARM6_SYSCALL(&regs));
	return 0;
}

/* The same, at a kprobe. */
int do_syscall_ctx(struct pt_regs *ctx)
{
	struct pt_regs user;

	if (bpf_get_current_pid_tgid() >> 32 != ME)
		return 0;
	bpf_probe_read_kernel(&user, sizeof(user), PT_REGS_SYSCALL_CTX(ctx));
	answer(0, PT_REGS_PARM2_SYSCALL(&user));
	answer(1, PT_REGS_PARM4_SYSCALL(&user));
	return 0;
}

/* The registers at the begin of a function. */
int do_registers(struct pt_regs *ctx)
{
	u64 *to = (u64 *)PT_REGS_RET(ctx), back = 0;

	bpf_probe_read_user(&back, sizeof(back), to);
	answer(0, PT_REGS_PARM1(ctx));
	answer(1, PT_REGS_PARM2(ctx));
	answer(2, PT_REGS_PARM3(ctx));
	answer(3, PT_REGS_PARM4(ctx));
	answer(4, PT_REGS_PARM5(ctx));
	answer(5, PT_REGS_PARM6(ctx));
	answer(6, PT_REGS_IP(ctx));
	answer(7, PT_REGS_FP(ctx));
	answer(8, back);
	answer(9, PT_REGS_SP(ctx));
	answer(11, bpf_get_attach_cookie(ctx) + 1);
	return 0;
}

int do_result(struct pt_regs *ctx)
{
	answer(10, PT_REGS_RC(ctx));
	return 0;
}
