#include <linux/sched.h>
#include <linux/mm_types.h>
#include <linux/blk-mq.h>
#include <net/tcp.h>

BPF_HASH(sizes, u64);

int sizes_of(struct pt_regs *ctx)
{
	sizes.increment(sizeof(struct task_struct));
	sizes.increment(sizeof(struct mm_struct) + sizeof(struct vm_area_struct));
	sizes.increment(sizeof(struct request) + sizeof(struct bio));
	sizes.increment(sizeof(struct tcp_sock) + sizeof(struct inet_connection_sock));
	return sizeof(struct page) + sizeof(struct folio);
}
