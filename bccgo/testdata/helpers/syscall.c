/* One function a helper that functions of type Syscall have, which may sleep. */
#include <linux/sched.h>
#include <linux/bpf.h>

struct given {
	u64 address;
	u64 number;
	char name[16];
};

#define ARGS struct given *ctx

struct text {
	char s[128];
};

BPF_ARRAY(out, u64, 24);
BPF_ARRAY(said, struct text, 1);

static inline void answer(int at, u64 value)
{
	out.update(&at, &value);
}

int do_sys_bpf(ARGS)
{
	union bpf_attr attr = {};
	long fd;

	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = 4;
	attr.value_size = 24;
	attr.max_entries = ctx->number;
	fd = bpf_sys_bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
	answer(0, fd);
	return 0;
}

int do_sys_close(ARGS)
{
	answer(0, bpf_sys_close(ctx->number));
	answer(1, bpf_sys_close(ctx->number));
	return 0;
}

int do_btf_find_by_name_kind(ARGS)
{
	char name[16];

	__builtin_memcpy(name, ctx->name, sizeof(name));
	answer(0, bpf_btf_find_by_name_kind(name, sizeof(name), ctx->number, 0));
	name[0] = '?';
	answer(1, bpf_btf_find_by_name_kind(name, sizeof(name), ctx->number, 0));
	return 0;
}

int do_kallsyms_lookup_name(ARGS)
{
	char name[16];
	u64 address = 0;

	__builtin_memcpy(name, ctx->name, sizeof(name));
	answer(0, bpf_kallsyms_lookup_name(name, sizeof(name), 0, &address));
	answer(1, address);
	name[0] = '?';
	answer(2, bpf_kallsyms_lookup_name(name, sizeof(name), 0, &address));
	return 0;
}

int do_copy_from_user(ARGS)
{
	u64 number = 0;

	answer(1, bpf_copy_from_user(&number, sizeof(number), (void *)ctx->address));
	answer(0, number);
	answer(2, bpf_copy_from_user(&number, sizeof(number), (void *)8));
	return 0;
}

int do_copy_from_user_task(ARGS)
{
	u64 number = 0;

	answer(1, bpf_copy_from_user_task(&number, sizeof(number), (void *)ctx->address,
		(void *)bpf_get_current_task_btf(), 0));
	answer(0, number);
	return 0;
}
