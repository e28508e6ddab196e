#include <linux/gfp.h>

BPF_HASH(sizes, u64);

TRACEPOINT_PROBE(kmem, kmalloc)
{
	u64 size = args->bytes_alloc;

	if (args->bytes_req < size)
		sizes.increment(size);
	return 0;
}
TRACEPOINT_PROBE(kmem, mm_page_alloc)
{
	return args->order + args->migratetype;
}
