// Sofdsnoop prints every file descriptor that is passed through a Unix socket.
package main

import (
	"context"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/snoop"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Messages are read when a call has returned and so was successful: by then the
// kernel has put the descriptors that were received into them.
const program = `
#include <linux/sched.h>
#include <linux/socket.h>

#define MAX_FDS 253	/* the kernel's SCM_MAX_FD */

/* Loops take Linux 5.3, before which a program has 4096 instructions. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 3, 0)
#define MAX_MESSAGES 16
#define MAX_PARTS 6
#define REPEAT _Pragma("clang loop unroll(disable)")
#else
#define MAX_MESSAGES 4
#define MAX_PARTS 3
#define REPEAT _Pragma("unroll")
#endif

enum { SEND, RECV };

/* What user space hands over, which kernel headers know in parts only. */
struct message {
	u64 name;
	u32 name_size, unused;
	u64 parts, part_count;
	u64 control, control_size;
	u64 flags;
};

struct many_messages {
	struct message message;
	u32 size, unused;
};

struct part {
	u64 size;	/* with this head */
	s32 level, type;
};

struct call {
	u64 messages;	/* one, or an array of struct many_messages */
	s32 sock;
	u32 unused;
};

/* The descriptors of a part of a message. */
struct event {
	struct who who;
	s32 action;
	s32 sock;
	u32 count;
	s32 fds[MAX_FDS];
};

BPF_HASH(calls, u64, struct call);
BPF_PERCPU_ARRAY(scratch, struct event, 1);

static inline int enter(s32 sock, const void *messages)
{
	struct call call = {.messages = (u64)messages, .sock = sock};
	u64 id = bpf_get_current_pid_tgid();

	if (task_wanted() && calls.update(&id, &call))
		miss(MISSED_CALLS);
	return 0;
}

/* Sends the descriptors in a part of a message. */
static inline void send_fds(void *ctx, struct call *call, s32 action, u64 fds, u64 size)
{
	int zero = 0;
	struct event *ev = scratch.lookup(&zero);

	if (!ev)
		return;
	sign(&ev->who);
	ev->action = action;
	ev->sock = call->sock;
	if (size > sizeof(ev->fds))
		size = sizeof(ev->fds);
	ev->count = size / sizeof(s32);
	if (!ev->count)
		return;
	if (bpf_probe_read_user(ev->fds, size, (void *)fds)) {
		miss(MISSED_CALLS);
		return;
	}
	if (events.perf_submit(ctx, ev, sizeof(*ev)))
		miss(MISSED_EVENTS);
}

static inline void read_message(void *ctx, struct call *call, s32 action, u64 at)
{
	struct message message = {};
	struct part part;
	u64 end;
	int i;

	bpf_probe_read_user(&message, sizeof(message), (void *)at);
	at = message.control;
	end = at + message.control_size;
	if (!at)
		return;
	REPEAT
	for (i = 0; i < MAX_PARTS; i++) {
		if (at + sizeof(part) > end || bpf_probe_read_user(&part, sizeof(part), (void *)at))
			return;
		if (part.size < sizeof(part) || part.size > end - at)
			return;
		if (part.level == SOL_SOCKET && part.type == 1 /* SCM_RIGHTS */)
			send_fds(ctx, call, action, at + sizeof(part), part.size - sizeof(part));
		at += (part.size + 7) & ~7ULL;
	}
	if (at + sizeof(part) <= end)
		miss(MISSED_CALLS);
}

/* Takes the call that returns; 0 if it is none of those, or has failed. */
static inline int take(struct call *call, s64 ret)
{
	u64 id = bpf_get_current_pid_tgid();
	struct call *known = calls.lookup(&id);

	if (!known)
		return 0;
	*call = *known;
	calls.delete(&id);
	return ret >= 0;
}

static inline int leave(void *ctx, s32 action, s64 ret)
{
	struct call call;

	if (take(&call, ret))
		read_message(ctx, &call, action, call.messages);
	return 0;
}

static inline int leave_many(void *ctx, s32 action, s64 ret)
{
	struct call call;
	int i;

	if (!take(&call, ret))
		return 0;
	REPEAT
	for (i = 0; i < MAX_MESSAGES; i++) {
		if (i >= ret)
			return 0;
		read_message(ctx, &call, action, call.messages + i * sizeof(struct many_messages));
	}
	if (ret > MAX_MESSAGES)
		miss(MISSED_CALLS);
	return 0;
}

#ifdef TRACE_SENDMSG
TRACEPOINT_PROBE(syscalls, sys_enter_sendmsg)
{
	return enter(args->fd, args->msg);
}

TRACEPOINT_PROBE(syscalls, sys_exit_sendmsg)
{
	return leave(args, SEND, args->ret);
}
#endif

#ifdef TRACE_RECVMSG
TRACEPOINT_PROBE(syscalls, sys_enter_recvmsg)
{
	return enter(args->fd, args->msg);
}

TRACEPOINT_PROBE(syscalls, sys_exit_recvmsg)
{
	return leave(args, RECV, args->ret);
}
#endif

#ifdef TRACE_SENDMMSG
TRACEPOINT_PROBE(syscalls, sys_enter_sendmmsg)
{
	return enter(args->fd, args->mmsg);
}

TRACEPOINT_PROBE(syscalls, sys_exit_sendmmsg)
{
	return leave_many(args, SEND, args->ret);
}
#endif

#ifdef TRACE_RECVMMSG
TRACEPOINT_PROBE(syscalls, sys_enter_recvmmsg)
{
	return enter(args->fd, args->mmsg);
}

TRACEPOINT_PROBE(syscalls, sys_exit_recvmmsg)
{
	return leave_many(args, RECV, args->ret);
}
#endif

#ifdef PROBE_SENDMSG
int syscall__sendmsg(struct pt_regs *ctx, int fd, void *message)
{
	return enter(fd, message);
}

int return_sendmsg(struct pt_regs *ctx)
{
	return leave(ctx, SEND, PT_REGS_RC(ctx));
}
#endif

#ifdef PROBE_RECVMSG
int syscall__recvmsg(struct pt_regs *ctx, int fd, void *message)
{
	return enter(fd, message);
}

int return_recvmsg(struct pt_regs *ctx)
{
	return leave(ctx, RECV, PT_REGS_RC(ctx));
}
#endif

#ifdef PROBE_SENDMMSG
int syscall__sendmmsg(struct pt_regs *ctx, int fd, void *messages)
{
	return enter(fd, messages);
}

int return_sendmmsg(struct pt_regs *ctx)
{
	return leave_many(ctx, SEND, PT_REGS_RC(ctx));
}
#endif

#ifdef PROBE_RECVMMSG
int syscall__recvmmsg(struct pt_regs *ctx, int fd, void *messages)
{
	return enter(fd, messages);
}

int return_recvmmsg(struct pt_regs *ctx)
{
	return leave_many(ctx, RECV, PT_REGS_RC(ctx));
}
#endif
`

// text is the program with what it is built on.
const text = toolkit.MissedC + snoop.TasksC + program

// maxFDs is the program's MAX_FDS.
const maxFDs = 253

// event is the program's struct event.
type event struct {
	Who    snoop.Who
	Action int32
	Sock   int32
	Count  uint32
	FDs    [maxFDs]int32
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &snoop.Calls{
		Stream: bccgo.StreamOptions{Immediate: true}, // the sooner /proc is read, the better
		Probes: toolkit.Syscalls{Calls: []string{"sendmsg", "recvmsg", "sendmmsg", "recvmmsg"}},
	}
	return &toolkit.Tool{
		Name:        "sofdsnoop",
		Usage:       "trace file descriptors passed through Unix sockets",
		Description: "Prints a line for each descriptor that is sent or received: the thread, the\nsocket, the descriptor's number, and its file.",
		Examples: []string{
			"sofdsnoop -T          # with the seconds since the first line",
			"sofdsnoop -p 181      # only one process",
			"sofdsnoop -n systemd  # only names with systemd in them",
		},
		Flags: o.Flags(),
		Run: func(ctx context.Context, s *toolkit.Session) error {
			s.Losses.What = "messages"
			p := &printer{Calls: o, s: s}
			return snoop.Run(ctx, s, o, text, p.heading, p.record)
		},
	}
}
