package main

// histogramC keeps the histograms: counts by group (all of them, disks or flags)
// and slot. It goes behind a definition of UNIT, in nanoseconds.
const histogramC = `
struct config {
	u32 on;		/* 0 until the rest is set */
	u32 by_disk;
	u64 disk;	/* as dev_t */
	u64 own_start;	/* whether requests tell their start themselves */
};

struct group_slot {
	u64 group;
	u64 slot;
};

struct latencies {
	u64 ns;
	u64 count;
};

BPF_ARRAY(settings, struct config, 1);
BPF_HASH(dist, struct group_slot, u64, 16384);
BPF_PERCPU_ARRAY(totals, struct latencies, 1);

static inline int wanted(u64 disk)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);

	return c && c->on && (!c->by_disk || c->disk == disk);
}

static inline void count(u64 group, u64 ns)
{
	struct group_slot key = {.group = group, .slot = bpf_log2l(ns / UNIT)};
	u64 none = 0, *n = dist.lookup_or_try_init(&key, &none);
	int zero = 0;
	struct latencies *total = totals.lookup(&zero);

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

// requestC follows requests by their address and looks into them, for which it
// needs the running kernel's headers. It counts what the kernel's own statistics
// of disks (/proc/diskstats) count: neither commands that drivers send on their
// own account, nor the flushes that belong to another request.
//
// Of a request that completes in parts, the last part counts.
const requestC = `
#ifdef BY_REQUEST
#include <linux/blkdev.h>
#include <linux/blk-mq.h>

/* The operations from here on are drivers' own. */
#define FIRST_DRIVER_OP 32

BPF_HASH(started, u64, u64, 32768);

static inline int start(u64 rq)
{
	u64 now = bpf_ktime_get_ns();

	if (started.update(&rq, &now))
		miss(MISSED_CALLS);
	return 0;
}

/* Since Linux 5.11 the request is the first argument, and so it is in some
 * kernels before; the kernel refuses functions that read too many.
 */
int start_first(struct bpf_raw_tracepoint_args *ctx)
{
	return start(ctx->args[0]);
}

int start_second(struct bpf_raw_tracepoint_args *ctx)
{
	return start(ctx->args[1]);
}

int start_function(struct pt_regs *ctx)
{
	return start(PT_REGS_PARM1(ctx));
}

#ifdef READ_DISK
#ifndef DISK_IN_REQUEST
#define DISK_IN_REQUEST (LINUX_VERSION_CODE < KERNEL_VERSION(5, 17, 0))
#endif

static inline u64 disk_of(struct request *rq)
{
	struct gendisk *disk = NULL;
	int major = 0, minor = 0;
#if DISK_IN_REQUEST
	bpf_probe_read_kernel(&disk, sizeof(disk), &rq->rq_disk);
#else
	struct request_queue *q = NULL;

	bpf_probe_read_kernel(&q, sizeof(q), &rq->q);
	bpf_probe_read_kernel(&disk, sizeof(disk), &q->disk);
#endif
	bpf_probe_read_kernel(&major, sizeof(major), &disk->major);
	bpf_probe_read_kernel(&minor, sizeof(minor), &disk->first_minor);
	return (u64)major << 20 | minor;
}
#else
static inline u64 disk_of(struct request *rq)
{
	return 0;
}
#endif

/* Operations have other numbers in other kernels. */
#define IS(op, bit) ((u64)((flags & REQ_OP_MASK) == (op)) << (bit))

static inline u64 group_of(u64 disk, u32 flags)
{
#ifdef BY_DISK
	return disk;
#endif
#ifdef BY_FLAGS
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
#endif
	return 0;
}

/* Returns when a request was started, 0 if that was not seen. */
static inline u64 begin_of(u64 key)
{
	struct request *rq = (struct request *)key;
	int zero = 0;
	struct config *c = settings.lookup(&zero);
	u64 *found, begin = 0;

	if (c && c->own_start) {
		bpf_probe_read_kernel(&begin, sizeof(begin), &rq->start_time_ns);
		return begin;
	}
	found = started.lookup(&key);
	if (!found)
		return 0;
	begin = *found;
	started.delete(&key);
	return begin;
}

static inline int end(u64 key)
{
	struct request *rq = (struct request *)key;
	u64 begin, disk, now = bpf_ktime_get_ns();
	u32 flags = 0, state = 0;

	bpf_probe_read_kernel(&flags, sizeof(flags), &rq->cmd_flags);
	bpf_probe_read_kernel(&state, sizeof(state), &rq->rq_flags);
	if (state & (__force u32)RQF_FLUSH_SEQ)
		return 0;
	begin = begin_of(key);
	if (!begin || begin > now || !(state & (__force u32)RQF_IO_STAT))
		return 0;
	if ((flags & REQ_OP_MASK) >= FIRST_DRIVER_OP)
		return 0;
	disk = disk_of(rq);
	if (wanted(disk))
		count(group_of(disk, flags), now - begin);
	return 0;
}

int end_request(struct bpf_raw_tracepoint_args *ctx)
{
	return end(ctx->args[0]);
}

static inline int end_of_part(u64 key, u32 bytes)
{
	struct request *rq = (struct request *)key;
	u32 left = 0;

	bpf_probe_read_kernel(&left, sizeof(left), &rq->__data_len);
	return bytes < left ? 0 : end(key);
}

int end_part(struct bpf_raw_tracepoint_args *ctx)
{
	return end_of_part(ctx->args[0], ctx->args[2]);
}

int end_part_function(struct pt_regs *ctx)
{
	return end_of_part(PT_REGS_PARM1(ctx), PT_REGS_PARM3(ctx));
}

int end_function(struct pt_regs *ctx)
{
	return end(PT_REGS_PARM1(ctx));
}
#endif
`

// sectorC follows requests by what tracepoints tell of them, the disk and the
// first sector, which needs no headers. Flags are taken from the tracepoints'
// text of them.
//
// A request that another is merged into at its front changes its first sector.
const sectorC = `
#ifndef BY_REQUEST
struct place {
	u64 disk;
	u64 sector;
};

BPF_TABLE("lru_hash", struct place, u64, started, 32768);

/* Leaves out drivers' own commands and the flushes that belong to others. */
#define IS_DATA(rwbs) ((rwbs)[0] != 'N' && !((rwbs)[0] == 'F' && (rwbs)[1] == 'F'))

static inline int start(u64 disk, u64 sector)
{
	struct place place = {.disk = disk, .sector = sector};
	u64 now = bpf_ktime_get_ns();

	if (wanted(disk) && started.update(&place, &now))
		miss(MISSED_CALLS);
	return 0;
}

#ifdef FROM_QUEUE
TRACEPOINT_PROBE(block, block_io_start)
{
	return IS_DATA(args->rwbs) ? start(args->dev, args->sector) : 0;
}

TRACEPOINT_PROBE(block, block_bio_frontmerge)
{
	struct place place = {.disk = args->dev, .sector = args->sector + args->nr_sector};
	u64 *found = started.lookup(&place), begin;

	if (!found)
		return 0;
	begin = *found;
	started.delete(&place);
	place.sector = args->sector;
	started.update(&place, &begin);
	return 0;
}
#else
TRACEPOINT_PROBE(block, block_rq_issue)
{
	return IS_DATA(args->rwbs) ? start(args->dev, args->sector) : 0;
}
#endif

TRACEPOINT_PROBE(block, block_rq_complete)
{
	struct place place = {.disk = args->dev, .sector = args->sector};
	u64 now = bpf_ktime_get_ns(), *found, begin, group = 0;

	if (!IS_DATA(args->rwbs))
		return 0;
	found = started.lookup(&place);
	if (!found)
		return 0;
	begin = *found;
	started.delete(&place);
	if (begin > now || !wanted(place.disk))
		return 0;
#ifdef BY_DISK
	group = place.disk;
#endif
#ifdef BY_FLAGS
	bpf_probe_read_kernel(&group, sizeof(group), args->rwbs);
#endif
	count(group, now - begin);
	return 0;
}
#endif
`

// config is the program's struct config.
type config struct {
	On       uint32
	ByDisk   uint32
	Disk     uint64
	OwnStart uint64
}

// key is the program's struct group_slot, total its struct latencies.
type (
	key   struct{ Group, Slot uint64 }
	total struct{ Ns, Count uint64 }
)
