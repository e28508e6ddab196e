/*
 * The program of hello.c as a CO-RE object: what it needs of the kernel's
 * types is resolved when it is loaded. It includes no header, so that clang
 * alone builds it.
 */
typedef unsigned int u32;
typedef unsigned long long u64;

#define SEC(name) __attribute__((section(name), used))

/* Numbers from enum bpf_map_type and enum bpf_func_id of <linux/bpf.h>. */
#define BPF_MAP_TYPE_PERF_EVENT_ARRAY 4
static u64 (*bpf_ktime_get_ns)(void) = (void *)5;
static u64 (*bpf_get_current_pid_tgid)(void) = (void *)14;
static long (*bpf_get_current_comm)(void *buf, u32 size) = (void *)16;
static long (*bpf_perf_event_output)(void *ctx, void *map, u64 flags, void *data, u64 size) = (void *)25;
static u64 (*bpf_get_current_task)(void) = (void *)35;
static long (*bpf_probe_read_kernel)(void *to, u32 size, const void *from) = (void *)113;

struct task_struct {
	int tgid;
} __attribute__((preserve_access_index));

struct event {
	u64 ns;
	u64 id;
	char comm[16];
};

struct {
	int (*type)[BPF_MAP_TYPE_PERF_EVENT_ARRAY];
	int (*key_size)[4];
	int (*value_size)[4];
} events SEC(".maps");

const volatile int producer = 0;

SEC("tracepoint/syscalls/sys_enter_getppid")
int hello(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct event e = {};
	int tgid = 0;

	bpf_probe_read_kernel(&tgid, sizeof(tgid), &task->tgid);
	if (tgid != producer)
		return 0;
	e.id = bpf_get_current_pid_tgid();
	e.ns = bpf_ktime_get_ns();
	bpf_get_current_comm(&e.comm, sizeof(e.comm));
	bpf_perf_event_output(ctx, &events, 0xffffffff, &e, sizeof(e));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
