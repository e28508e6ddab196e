package inet

import (
	"encoding/binary"
	"errors"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// changeC defines what a tool's function changed(ctx, change) is given.
const changeC = `
/* A socket's coming into another state (include/net/tcp_states.h). */
struct change {
	struct sock *sk;
	u32 from, to;
	struct ends ends;
};
`

// statesC calls changed(ctx, change) for each change of a TCP socket's state, with
// USE_STATES.
const statesC = `
#ifdef USE_STATES
#ifdef STATES_BY_KPROBE
int state_set(struct pt_regs *ctx)
{
	struct change c = {.sk = (struct sock *)PT_REGS_PARM1(ctx), .to = PT_REGS_PARM2(ctx)};
	u8 state = 0;

	bpf_probe_read_kernel(&state, sizeof(state), (void *)&c.sk->__sk_common.skc_state);
	c.from = state;
	read_sock(&c.ends, c.sk);
	return changed(ctx, &c);
}
#else
TRACEPOINT_PROBE(sock, inet_sock_set_state)
{
	struct change c = {.sk = (struct sock *)args->skaddr, .from = args->oldstate, .to = args->newstate};

	if (args->protocol != IPPROTO_TCP)
		return 0;
	set_ends(&c.ends, args->family, args->saddr, args->daddr, args->saddr_v6, args->daddr_v6);
	c.ends.lport = args->sport;
	c.ends.rport = args->dport;
	return changed(args, &c);
}
#endif
#endif
`

// acceptsC calls accepted(ctx, sk) for each TCP connection that a task accepts,
// with USE_ACCEPTS. There are two ways to the socket: the return of accept(2),
// whose result leads to it through the task's files, and that of the kernel's
// function which takes it from the queue.
const acceptsC = `
#ifdef USE_ACCEPTS
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/net.h>

#define PROTOCOL_MPTCP 262	/* in <linux/in.h> since 5.6 */

static inline int is_tcp(struct sock *sk)
{
	u16 family = 0;

	bpf_probe_read_kernel(&family, sizeof(family), &sk->__sk_common.skc_family);
	if (family != AF_INET && family != AF_INET6)
		return 0;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 6, 0)
	u16 protocol = 0;

	bpf_probe_read_kernel(&protocol, sizeof(protocol), &sk->sk_protocol);
	return protocol == IPPROTO_TCP || protocol == PROTOCOL_MPTCP;
#else
	/* 8 bits in a word of bits. */
	u32 word = 0;

	bpf_probe_read_kernel(&word, sizeof(word), sk->__sk_flags_offset);
	return ((word >> PROTOCOL_SHIFT) & 0xff) == IPPROTO_TCP;
#endif
}

#ifdef ACCEPTS_BY_KPROBE
int accept_returned(struct pt_regs *ctx)
{
	struct sock *sk = (struct sock *)PT_REGS_RC(ctx);

	return sk && is_tcp(sk) ? accepted(ctx, sk) : 0;
}
#else
/* The socket of a descriptor of the current task, which was just opened. */
static inline struct sock *socket_of(int fd)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct files_struct *files = NULL;
	struct fdtable *table = NULL;
	struct file **slots = NULL, *file = NULL, *of = NULL;
	struct socket *socket = NULL;
	struct sock *sk = NULL;

	bpf_probe_read_kernel(&files, sizeof(files), &task->files);
	bpf_probe_read_kernel(&table, sizeof(table), &files->fdt);
	bpf_probe_read_kernel(&slots, sizeof(slots), &table->fd);
	bpf_probe_read_kernel(&file, sizeof(file), &slots[fd]);
	bpf_probe_read_kernel(&socket, sizeof(socket), &file->private_data);
	bpf_probe_read_kernel(&of, sizeof(of), &socket->file);
	if (!file || of != file)
		return NULL;	/* another thread has closed it */
	bpf_probe_read_kernel(&sk, sizeof(sk), &socket->sk);
	return sk && is_tcp(sk) ? sk : NULL;
}

static inline int opened(void *ctx, int fd)
{
	struct sock *sk = fd < 0 ? NULL : socket_of(fd);

	return sk ? accepted(ctx, sk) : 0;
}

TRACEPOINT_PROBE(syscalls, sys_exit_accept)
{
	return opened(args, args->ret);
}

TRACEPOINT_PROBE(syscalls, sys_exit_accept4)
{
	return opened(args, args->ret);
}
#endif
#endif
`

// Hooks are places in the kernel that call a tool's functions. The kind of probes
// is the user's choice, by toolkit.Ways.Flags.
type Hooks struct {
	toolkit.Ways
	states, accepts bool // by kprobes
}

// States has changed(void *ctx, struct change *c) called for each change of a TCP
// socket's state. Kprobes do not see sockets that begin to listen, nor those that
// a listening one makes until they are established.
func (h *Hooks) States(s *toolkit.Session, defines map[string]string) error {
	way, err := h.Choose(s, "states of connections",
		toolkit.Way{Name: "the tracepoint sock:inet_sock_set_state", Kind: "tracepoint",
			Probes: []string{"tracepoint:sock:inet_sock_set_state"}},
		toolkit.Way{Name: "the function tcp_set_state", Kind: "kprobe", Refused: NeedOwnHeaders(s),
			Probes: []string{"kprobe:tcp_set_state"}})
	if err != nil {
		return err
	}
	defines["USE_STATES"] = ""
	if h.states = way.Kind == "kprobe"; h.states {
		defines["STATES_BY_KPROBE"] = ""
	}
	return nil
}

// Accepts has accepted(void *ctx, struct sock *sk) called in the task that accepts
// a TCP connection. Tracepoints come first: they see calls that were waiting before
// the tool was started, however many wait at a time.
func (h *Hooks) Accepts(s *toolkit.Session, defines map[string]string) error {
	foreign := NeedOwnHeaders(s)
	way, err := h.Choose(s, "accepted connections",
		toolkit.Way{Name: "the tracepoints of accept and accept4", Kind: "tracepoint", Refused: foreign,
			Probes: []string{"tracepoint:syscalls:sys_exit_accept", "tracepoint:syscalls:sys_exit_accept4"}},
		toolkit.Way{Name: "the function inet_csk_accept", Kind: "kprobe", Refused: foreign,
			Probes: []string{"kprobe:inet_csk_accept"}})
	if err != nil {
		return err
	}
	defines["USE_ACCEPTS"], defines["PROTOCOL_SHIFT"] = "", protocolShift()
	if h.accepts = way.Kind == "kprobe"; h.accepts {
		defines["ACCEPTS_BY_KPROBE"] = ""
	}
	return nil
}

// attach attaches the kprobes; tracepoints are attached by their functions' names.
func (h *Hooks) attach(m *bccgo.Module) error {
	if h.states {
		if _, err := m.AttachKprobe("tcp_set_state", "state_set", nil); err != nil {
			return err
		}
	}
	if h.accepts {
		if _, err := m.AttachKretprobe("inet_csk_accept", "accept_returned", nil); err != nil {
			return err
		}
	}
	return nil
}

// NeedOwnHeaders refuses to compile with another kernel's headers what reads the
// kernel's structs.
func NeedOwnHeaders(s *toolkit.Session) error {
	own, err := s.OwnHeaders("sockets cannot be looked into")
	if err == nil && !own {
		err = errors.New("the headers to compile with are another kernel's; install the running kernel's and unset BCCGO_HEADERS and BCC_KERNEL_SOURCE")
	}
	return err
}

// protocolShift is where the word of bits in struct sock of Linux before 5.6 has
// the protocol, SK_FL_PROTO_SHIFT of its header.
func protocolShift() string {
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		return "16"
	}
	return "8"
}
