/*
 * One function a helper that tells something of the current task, the clock or
 * the machine, or works on memory. Each leaves its answers in out[]; args[0] is
 * the address of a struct input of the caller's.
 */
#include <linux/sched.h>
#include <linux/bpf.h>
#include <uapi/linux/perf_event.h>

#define ARGS struct bpf_raw_tracepoint_args *ctx

struct input {
	u64 number;
	char text[24];
};

struct text {
	char s[128];
};

BPF_ARRAY(out, u64, 8);
BPF_ARRAY(said, struct text, 1);
/* What helpers want to be constant; the caller fills and freezes them. */
BPF_F_TABLE("array", int, struct text, format, 1, BPF_F_RDONLY_PROG);
BPF_F_TABLE("array", int, struct text, model, 1, BPF_F_RDONLY_PROG);
BPF_HASH(entries, u64, u64, 4);
BPF_QUEUE(line, u64, 2);
BPF_RINGBUF_OUTPUT(ring, 1);
BPF_PERF_OUTPUT(events);

static inline void answer(int at, u64 value)
{
	out.update(&at, &value);
}

static inline struct text *room(void)
{
	int zero = 0;

	return said.lookup(&zero);
}

int do_probe_read(ARGS)
{
	u64 n = 0;

	answer(1, bpf_probe_read(&n, sizeof(n), (void *)ctx->args[0]));
	answer(0, n);
	return 0;
}

int do_probe_read_str(ARGS)
{
	struct input *in = (void *)ctx->args[0];
	struct text *t = room();

	if (t)
		answer(0, bpf_probe_read_str(t->s, sizeof(t->s), in->text));
	return 0;
}

int do_probe_read_user(ARGS)
{
	u64 n = 0;

	answer(1, bpf_probe_read_user(&n, sizeof(n), (void *)ctx->args[0]));
	answer(0, n);
	return 0;
}

int do_probe_read_user_str(ARGS)
{
	struct input *in = (void *)ctx->args[0];
	struct text *t = room();

	if (t)
		answer(0, bpf_probe_read_user_str(t->s, sizeof(t->s), &in->text));
	return 0;
}

int do_probe_read_kernel(ARGS)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u32 tgid = 0;
	u64 n;

	answer(1, bpf_probe_read_kernel(&tgid, sizeof(tgid), &task->tgid));
	answer(0, tgid);
	answer(2, bpf_probe_read_kernel(&n, sizeof(n), (void *)ctx->args[0]));
	return 0;
}

int do_probe_read_kernel_str(ARGS)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct text *t = room();

	if (t)
		answer(0, bpf_probe_read_kernel_str(t->s, sizeof(t->s), &task->comm));
	return 0;
}

int do_probe_write_user(ARGS)
{
	u64 n = 4711;

	answer(0, bpf_probe_write_user((void *)ctx->args[0], &n, sizeof(n)));
	return 0;
}

int do_ktime_get_ns(ARGS) { answer(0, bpf_ktime_get_ns()); return 0; }
int do_ktime_get_boot_ns(ARGS) { answer(0, bpf_ktime_get_boot_ns()); return 0; }
int do_ktime_get_tai_ns(ARGS) { answer(0, bpf_ktime_get_tai_ns()); return 0; }
int do_jiffies64(ARGS) { answer(0, bpf_jiffies64()); return 0; }
int do_get_smp_processor_id(ARGS) { answer(0, bpf_get_smp_processor_id()); return 0; }
int do_get_numa_node_id(ARGS) { answer(0, bpf_get_numa_node_id()); return 0; }
int do_get_current_pid_tgid(ARGS) { answer(0, bpf_get_current_pid_tgid()); return 0; }
int do_get_current_uid_gid(ARGS) { answer(0, bpf_get_current_uid_gid()); return 0; }
int do_get_current_cgroup_id(ARGS) { answer(0, bpf_get_current_cgroup_id()); return 0; }
int do_get_current_ancestor_cgroup_id(ARGS) { answer(0, bpf_get_current_ancestor_cgroup_id(0)); return 0; }
int do_send_signal(ARGS) { answer(0, bpf_send_signal(12)); return 0; }
int do_send_signal_thread(ARGS) { answer(0, bpf_send_signal_thread(12)); return 0; }
int do_num_cpus(ARGS) { answer(0, bpf_num_cpus()); return 0; }

int do_get_prandom_u32(ARGS)
{
	answer(0, bpf_get_prandom_u32());
	answer(1, bpf_get_prandom_u32());
	answer(2, bpf_get_prandom_u32());
	return 0;
}

int do_get_current_comm(ARGS)
{
	struct text *t = room();

	if (t)
		answer(0, bpf_get_current_comm(t->s, 16));
	return 0;
}

int do_get_current_task(ARGS)
{
	answer(0, ((struct task_struct *)bpf_get_current_task())->pid);
	return 0;
}

int do_get_current_task_btf(ARGS)
{
	answer(0, (u64)bpf_get_current_task_btf());
	answer(1, bpf_get_current_task());
	return 0;
}

int do_get_ns_current_pid_tgid(ARGS)
{
	struct bpf_pidns_info ns = {};

	answer(2, bpf_get_ns_current_pid_tgid(ctx->args[1], ctx->args[2], &ns, sizeof(ns)));
	answer(0, ns.pid);
	answer(1, ns.tgid);
	return 0;
}

int do_task_pt_regs(ARGS)
{
	struct pt_regs *regs = (void *)bpf_task_pt_regs((void *)bpf_get_current_task_btf());

	answer(0, PT_REGS_IP(regs));
	answer(1, PT_REGS_SP(regs));
	return 0;
}

int do_get_task_stack(ARGS)
{
	struct text *t = room();

	if (t)
		answer(0, bpf_get_task_stack((void *)bpf_get_current_task_btf(), t->s, sizeof(t->s), BPF_F_USER_STACK));
	return 0;
}

int do_get_stack(ARGS)
{
	struct text *t = room();

	if (t)
		answer(0, bpf_get_stack(ctx, t->s, sizeof(t->s), BPF_F_USER_STACK));
	return 0;
}

int do_snprintf(ARGS)
{
	struct text *t = room(), *form;
	u64 values[] = { 7, ctx->args[0] };
	int which = 0;

	form = format.lookup(&which);
	if (t && form)
		answer(0, bpf_snprintf(t->s, sizeof(t->s), form->s, values, sizeof(values)));
	return 0;
}

int do_snprintf_btf(ARGS)
{
	struct btf_ptr what = { .ptr = (void *)ctx->args[0], .type_id = ctx->args[1] };
	struct text *t = room();

	if (t)
		answer(0, bpf_snprintf_btf(t->s, sizeof(t->s), &what, sizeof(what), BTF_F_COMPACT | BTF_F_ZERO));
	return 0;
}

int do_trace_vprintk(ARGS)
{
	char form[] = "%d %d %d %d";
	u64 one = ctx->args[1];
	u64 values[] = { one, one, one, one };

	answer(0, bpf_trace_vprintk(form, sizeof(form), values, sizeof(values)));
	return 0;
}

int do_map_update_elem(ARGS)
{
	u64 key = 1, value = 7, *found;

	answer(0, entries.update(&key, &value));
	found = entries.lookup(&key);
	answer(1, found ? *found : 0);
	answer(2, entries.insert(&key, &value));
	answer(3, entries.delete(&key));
	answer(4, entries.lookup(&key) == NULL);
	answer(5, entries.delete(&key));
	return 0;
}

int do_map_push_elem(ARGS)
{
	u64 one = 1, two = 2, got = 0;

	answer(0, (u64)line.push(&one, 0));
	answer(1, (u64)line.push(&two, 0));
	answer(2, (u64)line.push(&one, 0));
	answer(3, (u64)line.peek(&got));
	answer(4, got);
	line.pop(&got);
	answer(5, (u64)line.pop(&got));
	answer(6, got);
	answer(7, (u64)line.pop(&got));
	return 0;
}

int do_ringbuf_output(ARGS)
{
	u64 *place, value = 3;

	answer(1, ring.ringbuf_output(&value, sizeof(value), 0));
	place = ring.ringbuf_reserve(sizeof(*place));
	if (!place)
		return 1;
	*place = 4;
	ring.ringbuf_submit(place, 0);
	place = ring.ringbuf_reserve(sizeof(*place));
	if (!place)
		return 1;
	ring.ringbuf_discard(place, 0);
	return 0;
}

int do_strncmp(ARGS)
{
	struct text *t = room(), *to;
	int which = 0;

	to = model.lookup(&which);
	if (!t || !to)
		return 1;
	bpf_probe_read_user_str(t->s, sizeof(t->s), &((struct input *)ctx->args[0])->text);
	answer(0, bpf_strncmp(t->s, sizeof(t->s), to->s));
	t->s[0]++;
	answer(1, bpf_strncmp(t->s, sizeof(t->s), to->s));
	return 0;
}

int do_dynptr_read(ARGS)
{
	struct bpf_dynptr window;
	struct text *t = room();
	u64 value = 99, got = 0, *inside;

	if (!t)
		return 1;
	answer(0, bpf_dynptr_from_mem(t->s, sizeof(t->s), 0, &window));
	answer(1, bpf_dynptr_write(&window, 8, &value, sizeof(value), 0));
	answer(2, bpf_dynptr_read(&got, sizeof(got), &window, 8, 0));
	answer(3, got);
	inside = bpf_dynptr_data(&window, 8, sizeof(*inside));
	answer(4, inside ? *inside : 0);
	return 0;
}

int do_perf_event_output(ARGS)
{
	u64 value = 5;

	answer(0, events.perf_submit(ctx, &value, sizeof(value)));
	return 0;
}

int do_get_branch_snapshot(ARGS)
{
	struct text *t = room();

	if (t)
		answer(0, bpf_get_branch_snapshot(t->s, 5 * sizeof(struct perf_branch_entry), 0));
	return 0;
}
