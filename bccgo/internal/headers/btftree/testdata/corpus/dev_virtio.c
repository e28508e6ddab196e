#include <linux/virtio.h>

struct info {
	char name[24];
	u32 index, free;
};
BPF_PERF_OUTPUT(queues);

int kick(struct pt_regs *ctx, struct virtqueue *vq)
{
	struct info i = {};

	bpf_probe_read_kernel_str(i.name, sizeof(i.name), vq->name);
	i.index = vq->index;
	i.free = vq->num_free;
	queues.perf_submit(ctx, &i, sizeof(i));
	return vq->vdev->id.device;
}
