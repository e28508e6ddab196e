package blockio

// FollowC goes behind the tool's own text.
const FollowC = requestC + sectorC

// requestC follows requests by their address and looks into them, for which it
// needs the running kernel's headers. It counts what the kernel's own statistics
// of disks (/proc/diskstats) count: neither commands that drivers send on their
// own account, nor the flushes that belong to another request.
//
// Of a request that completes in parts, the last part counts.
const requestC = `
#ifdef BY_REQUEST
/* The operations from here on are drivers' own. */
#define FIRST_DRIVER_OP 32

BPF_HASH(requests, u64, struct io, 32768);

#ifdef WITH_OWNER
/* Owners by request or, where they are noted before there is one, by its first bio.
 * Those of bios that another one is put before stay until there is no room.
 */
BPF_TABLE("lru_hash", u64, struct io, owners, 32768);

static inline int own(u64 key)
{
	struct io io = {.owner = key};

	sign(&io);
	if (owners.update(&key, &io))
		miss(MISSED_CALLS);
	return 0;
}

int own_first(struct bpf_raw_tracepoint_args *ctx)
{
	return own(ctx->args[0]);
}

/* Before Linux 5.11 other arguments come first. */
int own_second(struct bpf_raw_tracepoint_args *ctx)
{
	return own(ctx->args[1]);
}

int own_third(struct bpf_raw_tracepoint_args *ctx)
{
	return own(ctx->args[2]);
}

int own_function(struct pt_regs *ctx)
{
	return own(PT_REGS_PARM1(ctx));
}

static inline void describe(u64 key, struct io *io)
{
	struct request *rq = (struct request *)key;
	struct io *owner;

#ifdef OWNER_BY_BIO
	bpf_probe_read_kernel(&key, sizeof(key), &rq->bio);
#endif
	owner = owners.lookup(&key);
	if (owner)
		*io = *owner;
	bpf_probe_read_kernel(&io->sector, sizeof(io->sector), &rq->__sector);
	bpf_probe_read_kernel(&io->bytes, sizeof(io->bytes), &rq->__data_len);
}
#endif

static inline int start(u64 key)
{
	struct io io = {};

#ifdef WITH_OWNER
	describe(key, &io);
#endif
	io.begin = bpf_ktime_get_ns();
	if (requests.update(&key, &io))
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

/* Takes out what is known of a request; its begin is 0 if that was not seen. */
static inline void take(u64 key, struct io *io)
{
	struct request *rq = (struct request *)key;
	int zero = 0;
	struct config *c = settings.lookup(&zero);
	struct io *found;

	if (c && c->own_start) {
		bpf_probe_read_kernel(&io->begin, sizeof(io->begin), &rq->start_time_ns);
		return;
	}
	found = requests.lookup(&key);
	if (!found)
		return;
	*io = *found;
	requests.delete(&key);
#ifdef WITH_OWNER
	owners.delete(&io->owner);
#endif
}

static inline int end(void *ctx, u64 key)
{
	struct request *rq = (struct request *)key;
	u64 disk, now = bpf_ktime_get_ns();
	u32 flags = 0, state = 0;
	struct io io = {};

	bpf_probe_read_kernel(&flags, sizeof(flags), &rq->cmd_flags);
	bpf_probe_read_kernel(&state, sizeof(state), &rq->rq_flags);
	if (state & (__force u32)RQF_FLUSH_SEQ)
		return 0;
	take(key, &io);
	if (!io.begin || io.begin > now || !(state & (__force u32)RQF_IO_STAT))
		return 0;
	if ((flags & REQ_OP_MASK) >= FIRST_DRIVER_OP)
		return 0;
	disk = disk_of(rq);
	if (wanted(disk))
		ended(ctx, &io, disk, flags, now);
	return 0;
}

int end_request(struct bpf_raw_tracepoint_args *ctx)
{
	return end(ctx, ctx->args[0]);
}

static inline int end_of_part(void *ctx, u64 key, u32 bytes)
{
	struct request *rq = (struct request *)key;
	u32 left = 0;

	bpf_probe_read_kernel(&left, sizeof(left), &rq->__data_len);
	return bytes < left ? 0 : end(ctx, key);
}

int end_part(struct bpf_raw_tracepoint_args *ctx)
{
	return end_of_part(ctx, ctx->args[0], ctx->args[2]);
}

int end_part_function(struct pt_regs *ctx)
{
	return end_of_part(ctx, PT_REGS_PARM1(ctx), PT_REGS_PARM3(ctx));
}

int end_function(struct pt_regs *ctx)
{
	return end(ctx, PT_REGS_PARM1(ctx));
}
#endif
`

// sectorC follows requests by what tracepoints tell of them, the disk and the
// first sector, which needs no headers. Flags are the tracepoints' text of them.
//
// A request that another is merged into at its front changes its first sector.
const sectorC = `
#ifndef BY_REQUEST
struct place {
	u64 disk;
	u64 sector;
};

BPF_TABLE("lru_hash", struct place, struct io, requests, 32768);

/* Leaves out drivers' own commands and the flushes that belong to others. */
#define IS_DATA(rwbs) ((rwbs)[0] != 'N' && !((rwbs)[0] == 'F' && (rwbs)[1] == 'F'))

static inline int start(u64 disk, u64 sector, u32 bytes)
{
	struct place place = {.disk = disk, .sector = sector};
	struct io io = {};

#ifdef WITH_OWNER
	struct io *made = requests.lookup(&place);

	if (made)
		io = *made;
	io.sector = sector;
	io.bytes = bytes;
#endif
	io.begin = bpf_ktime_get_ns();
	if (wanted(disk) && requests.update(&place, &io))
		miss(MISSED_CALLS);
	return 0;
}

#ifdef WITH_OWNER
static inline int own(u64 disk, u64 sector)
{
	struct place place = {.disk = disk, .sector = sector};
	struct io io = {};

	sign(&io);
	if (wanted(disk) && requests.update(&place, &io))
		miss(MISSED_CALLS);
	return 0;
}
#endif

#if defined(FROM_QUEUE) || defined(WITH_OWNER)
TRACEPOINT_PROBE(block, block_io_start)
{
	if (!IS_DATA(args->rwbs))
		return 0;
#ifdef WITH_OWNER
	return own(args->dev, args->sector);
#else
	return start(args->dev, args->sector, args->bytes);
#endif
}

TRACEPOINT_PROBE(block, block_bio_frontmerge)
{
	struct place place = {.disk = args->dev, .sector = args->sector + args->nr_sector};
	struct io *found = requests.lookup(&place), io;

	if (!found)
		return 0;
	io = *found;
	requests.delete(&place);
	place.sector = args->sector;
	requests.update(&place, &io);
	return 0;
}
#endif

#ifndef FROM_QUEUE
TRACEPOINT_PROBE(block, block_rq_issue)
{
	return IS_DATA(args->rwbs) ? start(args->dev, args->sector, args->bytes) : 0;
}
#endif

TRACEPOINT_PROBE(block, block_rq_complete)
{
	struct place place = {.disk = args->dev, .sector = args->sector};
	u64 now = bpf_ktime_get_ns(), letters = 0;
	struct io *found, io;

	if (!IS_DATA(args->rwbs))
		return 0;
	found = requests.lookup(&place);
	if (!found)
		return 0;
	io = *found;
	requests.delete(&place);
	if (!io.begin || io.begin > now || !wanted(place.disk))
		return 0;
	bpf_probe_read_kernel(&letters, sizeof(letters), args->rwbs);
	ended(args, &io, place.disk, letters, now);
	return 0;
}
#endif
`
