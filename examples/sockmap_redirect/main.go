// Command sockmap_redirect moves what the processes of a control group send each
// other over TCP on this machine from socket to socket, past the network stack.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

const program = `
#include <linux/socket.h>
#include <uapi/linux/in.h>

/* A connection as one of its ends sees it; addresses in the network's order. */
struct tuple_t {
	u32 address;
	u32 peer_address;
	u32 port;
	u32 peer_port;
	u32 protocol;
};

struct count_t {
	u64 sockets;	/* that joined */
	u64 messages;	/* that were redirected */
	u64 bytes;
	u64 passed;	/* messages left to the network stack */
};

BPF_SOCKHASH(sockets, struct tuple_t, 65536);
BPF_PERCPU_ARRAY(count, struct count_t, 1);

static inline int is_ip4(struct bpf_sock_ops *ops)
{
	if (ops->family == AF_INET)
		return 1;
	/* IPv4 through a socket of IPv6 */
	return ops->family == AF_INET6 && !ops->remote_ip6[0] && !ops->remote_ip6[1] &&
	       ops->remote_ip6[2] == bpf_htonl(0xffff);
}

static inline int is_loopback(u32 address)
{
	return (bpf_ntohl(address) >> 24) == 127;
}

int join(struct bpf_sock_ops *ops)
{
	struct tuple_t own = {};
	struct count_t *c;
	int zero = 0, err;

	if (ops->op != BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB &&
	    ops->op != BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		return 0;
	if (!is_ip4(ops))
		return 0;
	own.address = ops->local_ip4;
	own.peer_address = ops->remote_ip4;
	if (own.address != own.peer_address && !is_loopback(own.peer_address))
		return 0;
	own.port = ops->local_port;
	own.peer_port = bpf_ntohl(ops->remote_port);
	own.protocol = IPPROTO_TCP;
	err = sockets.sock_hash_update(ops, &own, BPF_ANY);
	if (err)
		return 0;
	c = count.lookup(&zero);
	if (c)
		c->sockets++;
	return 0;
}

int redirect(struct sk_msg_md *msg)
{
	struct tuple_t peer = {};
	struct count_t *c;
	int zero = 0, verdict;

	peer.address = msg->remote_ip4;
	peer.peer_address = msg->local_ip4;
	peer.port = bpf_ntohl(msg->remote_port);
	peer.peer_port = msg->local_port;
	peer.protocol = IPPROTO_TCP;
	c = count.lookup(&zero);
	if (!c)
		return SK_PASS;
	verdict = sockets.msg_redirect_hash(msg, &peer, BPF_F_INGRESS);
	if (verdict == SK_PASS) {
		c->messages++;
		c->bytes += msg->size;
	} else {
		c->passed++;
	}
	return SK_PASS;
}`

type count struct {
	Sockets, Messages, Bytes, Passed uint64
}

// start redirects from now on, until the module is closed.
func start(group string) (*bccgo.Module, error) {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return nil, err
	}
	if _, err := m.AttachFunc("redirect", m.Table("sockets").FD(), bccgo.SkMsgVerdict, 0); err != nil {
		m.Close()
		return nil, err
	}
	if _, err := m.AttachCgroup(group, "join", bccgo.CgroupSockOps, 0); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

func total(m *bccgo.Module) (sum count, err error) {
	counts, err := bccgo.PerCPU[int32, count](m, "count")
	if err != nil {
		return sum, err
	}
	each, err := counts.Lookup(0)
	for _, c := range each {
		sum.Sockets += c.Sockets
		sum.Messages += c.Messages
		sum.Bytes += c.Bytes
		sum.Passed += c.Passed
	}
	return sum, err
}

func run(ctx context.Context, group string) error {
	m, err := start(group)
	if err != nil {
		return err
	}
	defer m.Close()
	log.Printf("Redirecting between the sockets of %s; Ctrl-C ends it.", group)
	<-ctx.Done()
	sum, err := total(m)
	if err != nil {
		return err
	}
	fmt.Printf("%d sockets: %d messages (%d bytes) redirected, %d messages left to the network stack\n",
		sum.Sockets, sum.Messages, sum.Bytes, sum.Passed)
	return nil
}

func main() {
	measure := flag.Bool("bench", false, "join GROUP, measure throughput and latency with and without, and end")
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s; with -bench, measure each figure for so long")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "usage: %s [flags] GROUP\n", os.Args[0])
		flag.PrintDefaults()
	}
	flag.Parse()
	log.SetFlags(0)
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *measure {
		if err := bench(ctx, flag.Arg(0), *duration); err != nil {
			log.Fatal(err)
		}
		return
	}
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, flag.Arg(0)); err != nil {
		log.Fatal(err)
	}
}
