/* One function a helper that XDP functions alone have; answers are left in out[]. */
#include <linux/bpf.h>

#define ARGS struct xdp_md *ctx

struct text {
	char s[128];
};

BPF_ARRAY(out, u64, 24);
BPF_ARRAY(said, struct text, 1);

static inline void answer(int at, u64 value)
{
	out.update(&at, &value);
}

static inline u64 size(ARGS)
{
	return ctx->data_end - ctx->data;
}

int do_xdp_adjust_head(ARGS)
{
	answer(0, bpf_xdp_adjust_head(ctx, -8));
	answer(1, size(ctx));
	return XDP_PASS;
}

int do_xdp_adjust_tail(ARGS)
{
	answer(0, bpf_xdp_adjust_tail(ctx, 8));
	answer(1, size(ctx));
	answer(2, bpf_xdp_adjust_tail(ctx, -40));
	answer(3, size(ctx));
	return XDP_PASS;
}

int do_xdp_adjust_meta(ARGS)
{
	u32 *note;

	answer(0, bpf_xdp_adjust_meta(ctx, -8));
	answer(1, ctx->data - ctx->data_meta);
	note = (void *)(long)ctx->data_meta;
	if ((void *)(note + 1) > (void *)(long)ctx->data)
		return XDP_ABORTED;
	*note = 4711;
	answer(2, *note);
	answer(3, bpf_xdp_adjust_meta(ctx, -3));
	return XDP_PASS;
}

int do_xdp_get_buff_len(ARGS)
{
	answer(0, bpf_xdp_get_buff_len(ctx));
	return XDP_PASS;
}

int do_xdp_load_bytes(ARGS)
{
	u32 address = 0;

	answer(1, bpf_xdp_load_bytes(ctx, 26, &address, sizeof(address)));
	answer(0, bpf_ntohl(address));
	answer(2, bpf_xdp_load_bytes(ctx, 61, &address, sizeof(address)));
	return XDP_PASS;
}

int do_xdp_store_bytes(ARGS)
{
	u8 bytes[] = { 3, 17 };

	answer(0, bpf_xdp_store_bytes(ctx, 22, bytes, sizeof(bytes)));
	answer(1, bpf_xdp_store_bytes(ctx, 63, bytes, sizeof(bytes)));
	return XDP_PASS;
}
