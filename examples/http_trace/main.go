// Command http_trace prints the HTTP requests that servers of this machine read, with
// the process that reads them. It looks at system calls, not at packets.
package main

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"log"
	"net/netip"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

const program = `
#include <linux/sched.h>
#include <linux/socket.h>
#include <linux/in.h>
#include <linux/in6.h>

#define LINE_SIZE 128

/* A connection, by its process and the number of its file there. */
struct conn_t {
	u32 pid;
	u32 fd;
};

union peer_t {
	struct sockaddr_in ip4;
	struct sockaddr_in6 ip6;
};

struct read_t {
	struct conn_t conn;
	const void *buffer;
};

struct request_t {
	u64 time;
	u32 pid;
	u32 fd;
	u8 peer[28];	/* a sockaddr */
	char comm[TASK_COMM_LEN];
	char line[LINE_SIZE];
};

BPF_ARRAY(settings, u32, 1);	/* the wanted process, 0 for all */
BPF_HASH(accepting, u64, const void *);	/* where a thread wants the peer's address */
BPF_TABLE("lru_hash", struct conn_t, union peer_t, accepted, 10240);
BPF_HASH(reading, u64, struct read_t);	/* by thread */
BPF_PERF_OUTPUT(requests);

static inline int is_wanted(void)
{
	u32 zero = 0, *pid = settings.lookup(&zero);

	return pid && (!*pid || *pid == bpf_get_current_pid_tgid() >> 32);
}

static inline void enter_accept(const void *peer)
{
	u64 thread = bpf_get_current_pid_tgid();

	if (is_wanted())
		accepting.update(&thread, &peer);
}

static inline void exit_accept(long fd)
{
	u64 thread = bpf_get_current_pid_tgid();
	const void **where = accepting.lookup(&thread);
	struct conn_t conn = { .pid = thread >> 32, .fd = fd };
	union peer_t peer = {};

	if (!where)
		return;
	if (fd >= 0) {
		if (*where)
			bpf_probe_read_user(&peer, sizeof(peer), *where);
		accepted.update(&conn, &peer);
	}
	accepting.delete(&thread);
}

static inline void enter_read(u32 fd, const void *buffer)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct read_t r = { .conn = { .pid = thread >> 32, .fd = fd }, .buffer = buffer };

	if (accepted.lookup(&r.conn))
		reading.update(&thread, &r);
}

/* Whether a text begins as requests do. */
static inline int is_request(const char *s)
{
	switch (s[0]) {
	case 'G': return s[1] == 'E' && s[2] == 'T' && s[3] == ' ';
	case 'H': return s[1] == 'E' && s[2] == 'A' && s[3] == 'D';
	case 'P': return (s[1] == 'O' && s[2] == 'S') || (s[1] == 'U' && s[2] == 'T') || (s[1] == 'A' && s[2] == 'T');
	case 'D': return s[1] == 'E' && s[2] == 'L' && s[3] == 'E';
	case 'O': return s[1] == 'P' && s[2] == 'T' && s[3] == 'I';
	case 'C': return s[1] == 'O' && s[2] == 'N' && s[3] == 'N';
	case 'T': return s[1] == 'R' && s[2] == 'A' && s[3] == 'C';
	}
	return 0;
}

static inline void exit_read(void *ctx, long got)
{
	u64 thread = bpf_get_current_pid_tgid(), size = got;
	struct read_t *r = reading.lookup(&thread);
	struct request_t request = {};
	union peer_t *peer;

	if (!r)
		return;
	if (got > 0) {
		if (size > sizeof(request.line))
			size = sizeof(request.line);
		bpf_probe_read_user(request.line, size, r->buffer);
		peer = accepted.lookup(&r->conn);
		if (peer)
			__builtin_memcpy(request.peer, peer, sizeof(request.peer));
		request.time = bpf_ktime_get_ns();
		request.pid = r->conn.pid;
		request.fd = r->conn.fd;
	}
	reading.delete(&thread);
	if (!is_request(request.line))
		return;
	bpf_get_current_comm(request.comm, sizeof(request.comm));
	requests.perf_submit(ctx, &request, sizeof(request));
}

TRACEPOINT_PROBE(syscalls, sys_enter_accept)
{
	enter_accept(args->upeer_sockaddr);
	return 0;
}

TRACEPOINT_PROBE(syscalls, sys_exit_accept)
{
	exit_accept(args->ret);
	return 0;
}

TRACEPOINT_PROBE(syscalls, sys_enter_accept4)
{
	enter_accept(args->upeer_sockaddr);
	return 0;
}

TRACEPOINT_PROBE(syscalls, sys_exit_accept4)
{
	exit_accept(args->ret);
	return 0;
}

TRACEPOINT_PROBE(syscalls, sys_enter_read)
{
	enter_read(args->fd, args->buf);
	return 0;
}

TRACEPOINT_PROBE(syscalls, sys_exit_read)
{
	exit_read(args, args->ret);
	return 0;
}

TRACEPOINT_PROBE(syscalls, sys_enter_recvfrom)
{
	enter_read(args->fd, args->ubuf);
	return 0;
}

TRACEPOINT_PROBE(syscalls, sys_exit_recvfrom)
{
	exit_read(args, args->ret);
	return 0;
}

TRACEPOINT_PROBE(syscalls, sys_enter_close)
{
	struct conn_t conn = { .pid = bpf_get_current_pid_tgid() >> 32, .fd = args->fd };

	accepted.delete(&conn);
	return 0;
}`

type request struct {
	Time    uint64
	PID, FD uint32
	Peer    [28]byte
	Comm    bccgo.Comm
	Line    [128]byte
}

// client is the address in a sockaddr, "-" if the server did not ask for it.
func client(sockaddr [28]byte) string {
	port := binary.BigEndian.Uint16(sockaddr[2:])
	switch binary.NativeEndian.Uint16(sockaddr[:]) {
	case 2: // AF_INET
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(sockaddr[4:8])), port).String()
	case 10: // AF_INET6
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(sockaddr[8:24])).Unmap(), port).String()
	}
	return "-"
}

// firstLine is the first line of a text, and odd bytes in it as Go writes them.
func firstLine(text []byte) string {
	line, _, _ := strings.Cut(bccgo.CString(text), "\n")
	quoted := strconv.QuoteToASCII(strings.TrimSuffix(line, "\r"))
	return quoted[1 : len(quoted)-1]
}

func run(ctx context.Context, pid int) error {
	if pid < 0 {
		return fmt.Errorf("-p %d: a process number is needed", pid)
	}
	m, err := bccgo.Load(program, &bccgo.Options{NoAutoAttach: true})
	if err != nil {
		return err
	}
	defer m.Close()
	settings, err := bccgo.Map[int32, uint32](m, "settings")
	if err != nil {
		return err
	}
	if err := settings.Update(0, uint32(pid)); err != nil {
		return err
	}
	requests := bccgo.Stream[request](m, "requests", &bccgo.StreamOptions{OrderBy: "time"})
	if err := requests.Err(); err != nil {
		return err
	}
	if err := m.AutoAttach(); err != nil {
		return err
	}

	log.Print("Tracing HTTP requests; Ctrl-C ends it.")
	fmt.Printf("%-8s %-7s %-16s %-4s %-24s %s\n", "TIME", "PID", "TASK", "FD", "CLIENT", "REQUEST")
	for r, err := range requests.All(ctx) {
		if err != nil {
			return err
		}
		fmt.Printf("%-8s %-7d %-16s %-4d %-24s %s\n", time.Now().Format(time.TimeOnly), r.PID, r.Comm, r.FD, client(r.Peer), firstLine(r.Line[:]))
	}
	return nil
}

func main() {
	pid := flag.Int("p", 0, "only requests to the process with this `number`")
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	flag.Parse()
	log.SetFlags(0)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, *pid); err != nil {
		log.Fatal(err)
	}
}
