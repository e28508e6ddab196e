/* Tables that refer to other things, and functions that use them. */
#include <linux/sched.h>
#include <linux/bpf.h>

struct text {
	char s[128];
};

BPF_ARRAY(out, u64, 24);
BPF_ARRAY(said, struct text, 1);

BPF_DEVMAP(devices, 4);
BPF_CPUMAP(processors, 4);
BPF_XSKMAP(sockets, 4);

BPF_HASH(inner, u32, u64, 16);
BPF_ARRAY_OF_MAPS(by_index, "inner", 4);
BPF_HASH_OF_MAPS(by_key, u64, "inner", 2);

BPF_SOCKMAP(connections, 2);
BPF_SOCKHASH(named, u64, 2);

BPF_TASK_STORAGE(of_task, u64);
BPF_INODE_STORAGE(of_file, u64);
BPF_SK_STORAGE(of_socket, u64);

BPF_CGROUP_STORAGE(of_group, u64);
BPF_PERCPU_CGROUP_STORAGE(of_group_and_cpu, u64);

BPF_HASH(plain, u32, u64, 2);
BPF_F_TABLE("hash", u32, u64, from_programs, 2, BPF_F_RDONLY);
BPF_F_TABLE("hash", u32, u64, grows, 2, BPF_F_NO_PREALLOC);

static inline void answer(int at, u64 value)
{
	out.update(&at, &value);
}

int to_device(struct xdp_md *ctx) { return devices.redirect_map(1, XDP_DROP); }
int to_processor(struct xdp_md *ctx) { return processors.redirect_map(1, XDP_DROP); }

int to_socket(struct xdp_md *ctx)
{
	int queue = ctx->rx_queue_index;

	if (!sockets.lookup(&queue))
		return XDP_PASS;
	return sockets.redirect_map(queue, XDP_DROP);
}

int count_inside(struct bpf_raw_tracepoint_args *ctx)
{
	int index = ctx->args[0];
	u64 key = ctx->args[0], one = 1, *n;
	u32 slot = 7;
	void *table;

	table = by_index.lookup(&index);
	if (table) {
		n = bpf_map_lookup_elem(table, &slot);
		if (n)
			(*n)++;
		else
			bpf_map_update_elem(table, &slot, &one, BPF_ANY);
	}
	table = by_key.lookup(&key);
	if (table)
		bpf_map_delete_elem(table, &slot);
	return 0;
}

int note_task(struct bpf_raw_tracepoint_args *ctx)
{
	u64 start = 100, *note;

	note = of_task.task_storage_get(bpf_get_current_task_btf(), &start, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!note)
		return 1;
	answer(0, ++*note);
	if (ctx->args[0])
		answer(1, of_task.task_storage_delete(bpf_get_current_task_btf()));
	return 0;
}

int note_group(struct __sk_buff *skb)
{
	u64 *note = (void *)of_group.get_local_storage(0);
	u64 *other = (void *)of_group_and_cpu.get_local_storage(0);

	lock_xadd(note, 1);
	*other += 1;
	return 1;
}

int from_program(struct bpf_raw_tracepoint_args *ctx)
{
	u32 key = 1;
	u64 value = 2;

	answer(0, from_programs.update(&key, &value));
	return 0;
}
