package blockio

// WithOwnerC goes before TypesC in tools with Want.Owner.
const WithOwnerC = `
#define WITH_OWNER
`

// TypesC is what a tool's own text builds on: the settings, wanted(), and struct io.
const TypesC = `
#include <linux/sched.h>
#ifdef BY_REQUEST
#include <linux/blkdev.h>
#include <linux/blk-mq.h>
#endif

struct config {
	u32 on;		/* 0 until the rest is set */
	u32 by_disk;
	u64 disk;	/* as dev_t */
	u32 pid;	/* 0 for all */
	u32 own_start;	/* whether requests tell their start themselves */
};

BPF_ARRAY(settings, struct config, 1);

/* What is known of a request. */
struct io {
	u64 begin;	/* 0 before what is timed has begun */
#ifdef WITH_OWNER
	u64 made;	/* when it was made, 0 if that was not seen */
	u64 owner;	/* the key by which its owner was noted */
	u64 sector;	/* the first one, of 512 bytes */
	u32 bytes;
	u32 pid;	/* of who made it, 0 if that was not seen */
	char comm[TASK_COMM_LEN];
#endif
};

static inline int wanted(u64 disk)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);

	return c && c->on && (!c->by_disk || c->disk == disk);
}

#ifdef WITH_OWNER
static inline int wanted_owner(u32 pid)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);

	return c && (!c->pid || c->pid == pid);
}

/* Notes when and by whom a request is made. */
static inline void sign(struct io *io)
{
	io->made = bpf_ktime_get_ns();
	io->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(&io->comm, sizeof(io->comm));
}
#endif

/* Returns a letter for the operation: R, W, D for discards, F for flushes, O for
 * others, as those of zones.
 */
static inline char op_of(u64 flags)
{
#ifdef BY_REQUEST
	switch (flags & REQ_OP_MASK) {
	case REQ_OP_READ:
		return 'R';
	case REQ_OP_WRITE:
		return 'W';
	case REQ_OP_FLUSH:
		return 'F';
	case REQ_OP_DISCARD:
	case REQ_OP_SECURE_ERASE:
		return 'D';
	}
#else
	char *letters = (char *)&flags, op = letters[0];

	/* A leading F is of a flush that comes first. */
	if (op == 'F' && letters[1] && letters[1] != 'S')
		op = letters[1];
	if (op == 'R' || op == 'W' || op == 'F' || op == 'D')
		return op;
#endif
	return 'O';
}
`

// Config is the program's struct config.
type Config struct {
	On     uint32
	ByDisk uint32
	Disk   uint64
	PID    uint32
	// OwnStart is set by Plan.Attach.
	OwnStart uint32
}
