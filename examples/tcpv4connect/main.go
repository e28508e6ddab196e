// Command tcpv4connect prints the TCP connections over IPv4 that programs of
// this machine open.
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
	"time"

	"github.com/bccgo/bcc/bccgo"
)

const program = `
#include <linux/sched.h>
#include <net/sock.h>

struct conn {
	u32 pid;
	u32 from;
	u32 to;
	u16 port;
	char comm[TASK_COMM_LEN];
};
BPF_PERF_OUTPUT(conns);

/* The socket that a thread is connecting, until the function returns. */
BPF_HASH(connecting, u32, struct sock *);

int kprobe__tcp_v4_connect(struct pt_regs *ctx, struct sock *sk)
{
	u32 tid = bpf_get_current_pid_tgid();

	connecting.update(&tid, &sk);
	return 0;
}

int kretprobe__tcp_v4_connect(struct pt_regs *ctx)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct sock **found = connecting.lookup(&tid), *sk;
	struct conn c = {};

	if (!found)
		return 0;
	sk = *found;
	connecting.delete(&tid);
	/* No packet was sent: there is no route, or no port is free. */
	if (PT_REGS_RC(ctx))
		return 0;
	c.pid = bpf_get_current_pid_tgid() >> 32;
	c.from = sk->__sk_common.skc_rcv_saddr;
	c.to = sk->__sk_common.skc_daddr;
	c.port = bpf_ntohs(sk->__sk_common.skc_dport);
	bpf_get_current_comm(&c.comm, sizeof(c.comm));
	conns.perf_submit(ctx, &c, sizeof(c));
	return 0;
}`

type conn struct {
	PID, From, To uint32
	Port          uint16
	Comm          bccgo.Comm
}

// address turns the kernel's form of an address, four bytes in the order of the
// network, into Go's.
func address(a uint32) netip.Addr {
	var b [4]byte
	binary.NativeEndian.PutUint32(b[:], a)
	return netip.AddrFrom4(b)
}

func run(ctx context.Context) error {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return err
	}
	defer m.Close()

	conns := bccgo.Stream[conn](m, "conns", nil)
	if err := conns.Err(); err != nil {
		return err
	}
	log.Print("Tracing connections; Ctrl-C ends it.")
	fmt.Printf("%-7s %-16s %-15s %-15s %s\n", "PID", "TASK", "FROM", "TO", "PORT")
	for c, err := range conns.All(ctx) {
		if err != nil {
			return err
		}
		fmt.Printf("%-7d %-16s %-15v %-15v %d\n", c.PID, c.Comm, address(c.From), address(c.To), c.Port)
	}
	return nil
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	flag.Parse()
	log.SetFlags(0)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}
