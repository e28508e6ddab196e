package main

// kernelProgram follows the kernel's allocations. Pages are told by their number
// and the others by their address, which are never the same.
const kernelProgram = `
enum function { KMALLOC, KMEM_CACHE_ALLOC, MM_PAGE_ALLOC, PERCPU_ALLOC, KERNEL_FREE };

static inline int allocated(void *ctx, u32 function, u64 address, u64 size)
{
	struct config *c = wanted();
	struct allocation a = {.size = size};

	if (!c || !address || passed_over(c, size))
		return 0;
	if (c->trace)
		show(ctx, function, size, address, 0);
	a.time = bpf_ktime_get_ns();
	a.stack = kernel_stack(ctx);
	remember(c, address, &a);
	return 0;
}

static inline int freed(void *ctx, u64 address)
{
	struct config *c = wanted();
	struct allocation old = {};

	if (c && address && !forget(c, address, &old) && c->trace)
		show(ctx, KERNEL_FREE, old.size, address, 0);
	return 0;
}

#ifdef PERCPU
TRACEPOINT_PROBE(percpu, percpu_alloc_percpu)
{
	return allocated(args, PERCPU_ALLOC, (u64)args->ptr, args->size);
}

TRACEPOINT_PROBE(percpu, percpu_free_percpu)
{
	return freed(args, (u64)args->ptr);
}
#else
TRACEPOINT_PROBE(kmem, kmalloc)
{
	return allocated(args, KMALLOC, (u64)args->ptr, args->bytes_alloc);
}

TRACEPOINT_PROBE(kmem, kfree)
{
	return freed(args, (u64)args->ptr);
}

TRACEPOINT_PROBE(kmem, kmem_cache_alloc)
{
	return allocated(args, KMEM_CACHE_ALLOC, (u64)args->ptr, args->bytes_alloc);
}

TRACEPOINT_PROBE(kmem, kmem_cache_free)
{
	return freed(args, (u64)args->ptr);
}

TRACEPOINT_PROBE(kmem, mm_page_alloc)
{
	if (args->pfn == -1UL)
		return 0;
	return allocated(args, MM_PAGE_ALLOC, args->pfn, (u64)PAGE_SIZE << args->order);
}

TRACEPOINT_PROBE(kmem, mm_page_free)
{
	return freed(args, args->pfn);
}
#endif

/* The record of kmalloc_node and kmem_cache_alloc_node, to Linux 6.0. */
struct node_record {
	u64 common;
	u64 call_site;
	u64 ptr;
	u64 bytes_req, bytes_alloc;
};

int kmalloc_node(struct node_record *args)
{
	return allocated(args, KMALLOC, args->ptr, args->bytes_alloc);
}

int kmem_cache_alloc_node(struct node_record *args)
{
	return allocated(args, KMEM_CACHE_ALLOC, args->ptr, args->bytes_alloc);
}
`
