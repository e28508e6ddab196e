// Command tcp_conn_lat prints how long TCP connections take to be established, from
// the first packet that is sent to the answer, over IPv4 and IPv6.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net/netip"
	"os"
	"os/signal"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

const program = `
#include <linux/sched.h>
#include <linux/socket.h>
#include <uapi/linux/in.h>
#include <net/tcp_states.h>

/* What Go asks for; 0 is everything. */
struct settings_t {
	u64 least;	/* ns */
	u32 pid;
	u32 unused;
};
BPF_ARRAY(settings, struct settings_t, 1);

struct begin_t {
	u64 time;
	u32 pid;
	char comm[TASK_COMM_LEN];
};

struct end_t {
	u64 time;
	u64 latency;	/* ns */
	u32 pid;
	u16 version;	/* of IP */
	u16 failed;
	u16 port;
	u16 peer_port;
	u8 address[16];
	u8 peer_address[16];
	char comm[TASK_COMM_LEN];
};

/* Connections on their way, by socket. */
BPF_TABLE("lru_hash", u64, struct begin_t, begun, 10240);
BPF_PERF_OUTPUT(ends);

static inline void begin(u64 sock, struct settings_t *wanted)
{
	struct begin_t b = {};

	b.pid = bpf_get_current_pid_tgid() >> 32;
	if (wanted->pid && b.pid != wanted->pid)
		return;
	b.time = bpf_ktime_get_ns();
	bpf_get_current_comm(&b.comm, sizeof(b.comm));
	begun.update(&sock, &b);
}

TRACEPOINT_PROBE(sock, inet_sock_set_state)
{
	u64 sock = (u64)args->skaddr;
	int zero = 0;
	struct settings_t *wanted = settings.lookup(&zero);
	struct begin_t *b;
	struct end_t e = {};

	if (!wanted || args->protocol != IPPROTO_TCP)
		return 0;
	if (args->newstate == TCP_SYN_SENT)
		begin(sock, wanted);
	if (args->oldstate != TCP_SYN_SENT)
		return 0;
	b = begun.lookup(&sock);
	if (!b)
		return 0;
	e.time = bpf_ktime_get_ns();
	e.latency = e.time - b->time;
	e.pid = b->pid;
	__builtin_memcpy(e.comm, b->comm, sizeof(e.comm));
	begun.delete(&sock);
	if (e.latency < wanted->least)
		return 0;
	e.failed = args->newstate == TCP_CLOSE;
	e.version = args->family == AF_INET ? 4 : 6;
	e.port = args->sport;
	e.peer_port = args->dport;
	/* Those of IPv4 are there in the form that IPv6 has for them. */
	bpf_probe_read_kernel(e.address, sizeof(e.address), args->saddr_v6);
	bpf_probe_read_kernel(e.peer_address, sizeof(e.peer_address), args->daddr_v6);
	ends.perf_submit(args, &e, sizeof(e));
	return 0;
}`

type settings struct {
	Least uint64
	PID   uint32
	_     uint32
}

type end struct {
	Time, Latency        uint64
	PID                  uint32
	Version, Failed      uint16
	Port, PeerPort       uint16
	Address, PeerAddress [16]byte
	Comm                 bccgo.Comm
}

// address is one end of a connection.
func address(a [16]byte, port uint16) string {
	return netip.AddrPortFrom(netip.AddrFrom16(a).Unmap(), port).String()
}

func run(ctx context.Context, pid int, least time.Duration) error {
	if pid < 0 || least < 0 {
		return fmt.Errorf("-p %d -min %v: neither can be negative", pid, least)
	}
	m, err := bccgo.Load(program, &bccgo.Options{NoAutoAttach: true})
	if err != nil {
		return err
	}
	defer m.Close()
	wanted, err := bccgo.Map[int32, settings](m, "settings")
	if err != nil {
		return err
	}
	if err := wanted.Update(0, settings{Least: uint64(least), PID: uint32(pid)}); err != nil {
		return err
	}
	ends := bccgo.Stream[end](m, "ends", &bccgo.StreamOptions{OrderBy: "time"})
	if err := ends.Err(); err != nil {
		return err
	}
	// Not before: somebody reads now what is found.
	if err := m.AutoAttach(); err != nil {
		return err
	}

	log.Print("Timing connections; Ctrl-C ends it.")
	fmt.Printf("%-7s %-16s %-2s %-24s %-24s %9s %s\n", "PID", "TASK", "IP", "FROM", "TO", "MS", "RESULT")
	for e, err := range ends.All(ctx) {
		if err != nil {
			return err
		}
		result := "established"
		if e.Failed != 0 {
			result = "failed"
		}
		fmt.Printf("%-7d %-16s %-2d %-24s %-24s %9.3f %s\n", e.PID, e.Comm, e.Version,
			address(e.Address, e.Port), address(e.PeerAddress, e.PeerPort), float64(e.Latency)/1e6, result)
	}
	return nil
}

func main() {
	pid := flag.Int("p", 0, "only connections of the process with this `number`")
	least := flag.Duration("min", 0, "only connections that take this `time` or longer, such as 50ms")
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	flag.Parse()
	log.SetFlags(0)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, *pid, *least); err != nil {
		log.Fatal(err)
	}
}
