package main

// program keeps the histograms: counts by group (all of them, disks or flags) and
// slot. It goes behind a definition of UNIT, in nanoseconds.
const program = `
struct group_slot {
	u64 group;
	u64 slot;
};

struct latencies {
	u64 ns;
	u64 count;
};

BPF_HASH(dist, struct group_slot, u64, 16384);
BPF_PERCPU_ARRAY(totals, struct latencies, 1);

#if defined(BY_FLAGS) && defined(BY_REQUEST)
/* Operations have other numbers in other kernels. */
#define IS(op, bit) ((u64)((flags & REQ_OP_MASK) == (op)) << (bit))

static inline u64 flags_group(u64 flags)
{
	u64 group = flags & (REQ_SYNC | REQ_META | REQ_FUA | REQ_PRIO | REQ_NOMERGE |
			     REQ_IDLE | REQ_RAHEAD | REQ_BACKGROUND | REQ_NOWAIT);

	group |= IS(REQ_OP_READ, 32) | IS(REQ_OP_WRITE, 33) | IS(REQ_OP_FLUSH, 34) |
		 IS(REQ_OP_DISCARD, 35) | IS(REQ_OP_SECURE_ERASE, 36) |
		 IS(REQ_OP_WRITE_ZEROES, 37) | IS(REQ_OP_ZONE_RESET, 38);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 8, 0)
	group |= IS(REQ_OP_ZONE_OPEN, 39) | IS(REQ_OP_ZONE_CLOSE, 40) |
		 IS(REQ_OP_ZONE_FINISH, 41) | IS(REQ_OP_ZONE_APPEND, 42) |
		 IS(REQ_OP_ZONE_RESET_ALL, 43);
#endif
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 18, 0)
	group |= IS(REQ_OP_WRITE_SAME, 44);
#endif
	return group;
}
#else
/* The letters of a tracepoint are a group as they are. */
#define flags_group(flags) (flags)
#endif

static inline void ended(void *ctx, struct io *io, u64 disk, u64 flags, u64 now)
{
	u64 ns = now - io->begin, none = 0, *n;
	struct group_slot key = {.slot = bpf_log2l(ns / UNIT)};
	int zero = 0;
	struct latencies *total = totals.lookup(&zero);

#ifdef BY_DISK
	key.group = disk;
#endif
#ifdef BY_FLAGS
	key.group = flags_group(flags);
#endif
	n = dist.lookup_or_try_init(&key, &none);
	if (!n) {
		miss(MISSED_CALLS);
		return;
	}
	lock_xadd(n, 1);
	if (total) {
		total->ns += ns;
		total->count++;
	}
}
`

// key is the program's struct group_slot, total its struct latencies.
type (
	key   struct{ Group, Slot uint64 }
	total struct{ Ns, Count uint64 }
)
