package main

import (
	"strconv"

	"github.com/bccgo/bcc/bccgo"
)

// What a call reads or wrote is looked at when it returns: only then is it known
// how much it is, and that the memory is there. Calls are told apart by the stack
// besides the thread, as one may make another: TLS through TLS does.
//
// A record is too large for the stack. A CPU has several, as the kernel may let
// another thread run on it while one is being filled, and each is taken and given
// back through a table in which an entry can be made only once.
const program = `
#include <uapi/linux/ptrace.h>
#include <linux/sched.h>

#define PIECE_SIZE 16384
#define SLOTS 4

enum {
	SSL_READ, SSL_WRITE, SSL_READ_EX, SSL_WRITE_EX, SSL_DO_HANDSHAKE,
	GNUTLS_RECORD_RECV, GNUTLS_RECORD_SEND, GNUTLS_HANDSHAKE,
	PR_READ, PR_WRITE, PR_RECV, PR_SEND,
};

struct config {
	u32 pid;
	u32 uid;
	u32 by_uid;
	u32 by_comm;
	u32 limit;	/* of the bytes that are copied */
	char comm[TASK_COMM_LEN];
};

struct call_id {
	u64 thread;
	u64 stack;	/* after the return */
};

struct call {
	u64 time;
	u64 function;
	u64 connection;
	u64 data;
	u64 count;	/* where the functions ending in _ex put their result */
};

struct connection_id {
	u64 pid;
	u64 connection;
};

struct event {
	u64 time;	/* of the return */
	u64 delta;
	u64 length;	/* what the function returned: for data, the bytes */
	u32 offset;	/* of this piece in the data */
	s32 size;	/* of this piece, negative if unreadable */
	u32 last;	/* whether this piece is the last one */
	u32 function;
	u32 pid, tid, uid;
	u32 unused;
	char comm[TASK_COMM_LEN];
};

struct record {
	struct event event;
	char data[PIECE_SIZE];
};

BPF_ARRAY(settings, struct config, 1);
BPF_TABLE("lru_hash", struct call_id, struct call, calls, 10240);
/* When the first call of a handshake that goes on began. */
BPF_TABLE("lru_hash", struct connection_id, u64, handshakes, 10240);
BPF_PERCPU_ARRAY(records, struct record, SLOTS);
BPF_HASH(taken, u64, u32, 8192);
BPF_PERF_OUTPUT(events);

static inline struct record *take(u64 *slot)
{
	u32 index, one = 1;
	int i;

#pragma unroll
	for (i = 0; i < SLOTS; i++) {
		*slot = (u64)bpf_get_smp_processor_id() << 32 | i;
		index = i;
		if (!taken.insert(slot, &one))
			return records.lookup(&index);
	}
	return NULL;
}

static inline struct config *config_of_process(void)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);

	if (c && c->pid && c->pid != bpf_get_current_pid_tgid() >> 32)
		return NULL;
	return c;
}

static inline int wanted(struct config *c, struct event *ev)
{
	u64 *comm = (u64 *)ev->comm, *other = (u64 *)c->comm;

	if (c->by_uid && c->uid != ev->uid)
		return 0;
	return !c->by_comm || (comm[0] == other[0] && comm[1] == other[1]);
}

static inline int enter(struct pt_regs *ctx, int function)
{
	struct call_id id = {.thread = bpf_get_current_pid_tgid(), .stack = PT_REGS_SP(ctx)};
	struct call call = {.time = bpf_ktime_get_ns(), .function = function};

#if defined(__x86_64__)
	id.stack += 8;	/* the return address */
#endif
	call.connection = PT_REGS_PARM1(ctx);
	call.data = PT_REGS_PARM2(ctx);
	call.count = PT_REGS_PARM4(ctx);
	if (config_of_process())
		calls.update(&id, &call);
	return 0;
}

/* The connection is about to begin anew, or its memory to be used for another. */
int forget_handshake(struct pt_regs *ctx)
{
	struct connection_id id = {.pid = bpf_get_current_pid_tgid() >> 32, .connection = PT_REGS_PARM1(ctx)};

	handshakes.delete(&id);
	return 0;
}

static inline void send_pieces(struct pt_regs *ctx, struct record *r, u64 data, u64 total)
{
	struct event *ev = &r->event;
	u64 left, size, offset;
	int i;

#pragma unroll
	for (i = 0; i < PIECES; i++) {
		offset = i * PIECE_SIZE;
		left = total - offset;
		size = left;
		if (size > PIECE_SIZE)
			size = PIECE_SIZE;
		ev->offset = offset;
		ev->last = left <= PIECE_SIZE || i == PIECES - 1;
		ev->size = size;
		if (bpf_probe_read_user(r->data, size, (void *)(data + offset))) {
			ev->size = -1;
			size = 0;
		}
		if (events.perf_submit(ctx, ev, sizeof(*ev) + size))
			miss(MISSED_EVENTS);
		/* Not by the event, of which the verifier knows nothing. */
		if (left <= PIECE_SIZE)
			return;
	}
}

static inline void report(struct pt_regs *ctx, struct config *c, struct call *call, u64 length, u64 copied)
{
	u64 slot, thread = bpf_get_current_pid_tgid();
	struct record *r = take(&slot);
	struct event *ev;

	if (!r) {
		miss(MISSED_EVENTS);
		return;
	}
	ev = &r->event;
	ev->time = bpf_ktime_get_ns();
	ev->delta = ev->time - call->time;
	ev->length = length;
	ev->function = call->function;
	ev->pid = thread >> 32;
	ev->tid = thread;
	ev->uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(&ev->comm, sizeof(ev->comm));
	if (wanted(c, ev))
		send_pieces(ctx, r, call->data, copied);
	taken.delete(&slot);
}

/*
 * Finds the call that returns, and removes it. The kernel runs return probes only
 * for calls that it has seen to begin.
 */
static inline struct config *end_call(struct pt_regs *ctx, struct call *call)
{
	struct call_id id = {.thread = bpf_get_current_pid_tgid(), .stack = PT_REGS_SP(ctx)};
	struct config *c = config_of_process();
	struct call *begun;

	if (!c)
		return NULL;
	begun = calls.lookup(&id);
	if (!begun) {
		miss(MISSED_CALLS);
		return NULL;
	}
	*call = *begun;
	calls.delete(&id);
	return c;
}

/* How many bytes a call read or wrote: negative for errors, 0 at the end. */
static inline s64 bytes(struct call *call, s64 ret)
{
	u64 count = 0;

	switch (call->function) {
	case SSL_READ_EX:
	case SSL_WRITE_EX:
		if ((int)ret == 1)
			bpf_probe_read_user(&count, sizeof(count), (void *)call->count);
		return count;
	case GNUTLS_RECORD_RECV:
	case GNUTLS_RECORD_SEND:
		return ret;
	}
	return (int)ret;
}

/*
 * Without blocking, a handshake takes many calls, all but the last of which fail.
 * Its time is that from the first one's beginning.
 */
static inline int completes_handshake(struct call *call, int ret)
{
	struct connection_id id = {.pid = bpf_get_current_pid_tgid() >> 32, .connection = call->connection};
	u64 *first;

	if (ret != (call->function == SSL_DO_HANDSHAKE)) {
		handshakes.insert(&id, &call->time);
		return 0;
	}
	first = handshakes.lookup(&id);
	if (first)
		call->time = *first;
	handshakes.delete(&id);
	return 1;
}

int leave(struct pt_regs *ctx)
{
	struct call call = {};
	struct config *c = end_call(ctx, &call);
	s64 length, copied;

	if (!c)
		return 0;
	if (call.function == SSL_DO_HANDSHAKE || call.function == GNUTLS_HANDSHAKE) {
		if (!completes_handshake(&call, PT_REGS_RC(ctx)))
			return 0;
		length = (int)PT_REGS_RC(ctx);
		copied = 0;
	} else {
		length = bytes(&call, PT_REGS_RC(ctx));
		if (length <= 0)
			return 0;
		copied = length < c->limit ? length : c->limit;
	}
	report(ctx, c, &call, length, copied);
	return 0;
}

int enter_SSL_read(struct pt_regs *ctx)
{
	return enter(ctx, SSL_READ);
}

int enter_SSL_write(struct pt_regs *ctx)
{
	return enter(ctx, SSL_WRITE);
}

int enter_SSL_read_ex(struct pt_regs *ctx)
{
	return enter(ctx, SSL_READ_EX);
}

int enter_SSL_write_ex(struct pt_regs *ctx)
{
	return enter(ctx, SSL_WRITE_EX);
}

int enter_SSL_do_handshake(struct pt_regs *ctx)
{
	return enter(ctx, SSL_DO_HANDSHAKE);
}

int enter_gnutls_record_recv(struct pt_regs *ctx)
{
	return enter(ctx, GNUTLS_RECORD_RECV);
}

int enter_gnutls_record_send(struct pt_regs *ctx)
{
	return enter(ctx, GNUTLS_RECORD_SEND);
}

int enter_gnutls_handshake(struct pt_regs *ctx)
{
	return enter(ctx, GNUTLS_HANDSHAKE);
}

int enter_PR_Read(struct pt_regs *ctx)
{
	return enter(ctx, PR_READ);
}

int enter_PR_Write(struct pt_regs *ctx)
{
	return enter(ctx, PR_WRITE);
}

int enter_PR_Recv(struct pt_regs *ctx)
{
	return enter(ctx, PR_RECV);
}

int enter_PR_Send(struct pt_regs *ctx)
{
	return enter(ctx, PR_SEND);
}
`

// pieceSize is the program's PIECE_SIZE.
const pieceSize = 16384

// config is the program's struct config.
type config struct {
	PID, UID      uint32
	ByUID, ByComm uint32
	Limit         uint32
	Comm          bccgo.Comm
}

// event is the program's struct event. Size bytes of data follow it.
type event struct {
	Time, Delta   uint64
	Length        uint64
	Offset        uint32
	Size          int32
	Last          uint32
	Function      uint32
	PID, TID, UID uint32
	Unused        uint32
	Comm          bccgo.Comm
}

// defines are what the program is compiled with.
func (o *options) defines() map[string]string {
	return map[string]string{"PIECES": strconv.Itoa((o.limit + pieceSize - 1) / pieceSize)}
}
