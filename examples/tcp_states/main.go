// Command tcp_states prints each change of the state of TCP connections, and how
// long the state before lasted.
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
#include <linux/socket.h>
#include <linux/sched.h>
#include <uapi/linux/in.h>
#include <net/tcp_states.h>

struct change_t {
	u64 time;
	u64 lasted;	/* ns in the old state, 0 if its beginning was not seen */
	u32 pid;
	u32 old;
	u32 new;
	u16 port;
	u16 peer_port;
	u8 address[16];
	u8 peer_address[16];
	char comm[TASK_COMM_LEN];
};
BPF_PERF_OUTPUT(changes);

/* When a socket came into the state it is in. */
BPF_TABLE("lru_hash", u64, u64, since, 65536);

TRACEPOINT_PROBE(sock, inet_sock_set_state)
{
	struct change_t c = {};
	u64 now = bpf_ktime_get_ns(), sock = (u64)args->skaddr, *began;

	if (args->protocol != IPPROTO_TCP)
		return 0;
	if (PORT && args->sport != PORT && args->dport != PORT)
		return 0;
	began = since.lookup(&sock);
	if (began)
		c.lasted = now - *began;
	if (args->newstate == TCP_CLOSE)
		since.delete(&sock);
	else
		since.update(&sock, &now);
	c.time = now;
	c.pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(&c.comm, sizeof(c.comm));
	c.old = args->oldstate;
	c.new = args->newstate;
	c.port = args->sport;
	c.peer_port = args->dport;
	/* Those of IPv4 are there in the form that IPv6 has for them. */
	bpf_probe_read_kernel(c.address, sizeof(c.address), args->saddr_v6);
	bpf_probe_read_kernel(c.peer_address, sizeof(c.peer_address), args->daddr_v6);
	changes.perf_submit(args, &c, sizeof(c));
	return 0;
}`

type change struct {
	Time, Lasted         uint64
	PID                  uint32
	Old, New             uint32
	Port, PeerPort       uint16
	Address, PeerAddress [16]byte
	Comm                 bccgo.Comm
}

// end is one end of a connection.
func end(address [16]byte, port uint16) string {
	return netip.AddrPortFrom(netip.AddrFrom16(address).Unmap(), port).String()
}

func run(ctx context.Context, port uint) error {
	if port > 0xffff {
		return fmt.Errorf("-port %d: ports go up to 65535", port)
	}
	m, err := bccgo.Load(program, &bccgo.Options{
		NoAutoAttach: true, // until somebody reads what it finds
		Defines:      map[string]string{"PORT": fmt.Sprint(port)},
	})
	if err != nil {
		return err
	}
	defer m.Close()
	changes := bccgo.Stream[change](m, "changes", &bccgo.StreamOptions{OrderBy: "time"})
	if err := changes.Err(); err != nil {
		return err
	}
	if err := m.AutoAttach(); err != nil {
		return err
	}

	log.Print("Watching TCP; Ctrl-C ends it.")
	fmt.Printf("%-7s %-12s %-24s %-24s %-12s %-12s %9s\n", "PID", "TASK", "LOCAL", "REMOTE", "FROM", "TO", "MS")
	for c, err := range changes.All(ctx) {
		if err != nil {
			return err
		}
		fmt.Printf("%-7d %-12s %-24s %-24s %-12s %-12s %9.3f\n", c.PID, c.Comm, end(c.Address, c.Port),
			end(c.PeerAddress, c.PeerPort), bccgo.TCPStateName(int(c.Old)), bccgo.TCPStateName(int(c.New)), float64(c.Lasted)/1e6)
	}
	return nil
}

func main() {
	port := flag.Uint("port", 0, "only connections with this `port` at one end")
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	flag.Parse()
	log.SetFlags(0)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, *port); err != nil {
		log.Fatal(err)
	}
}
