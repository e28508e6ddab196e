// Command dns_matching finds the DNS queries for some names among the packets that
// arrive at a network device, without leaving the kernel. It counts them, and drops
// them if told to.
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
#include <uapi/linux/if_ether.h>
#include <uapi/linux/in.h>
#include <uapi/linux/ip.h>
#include <uapi/linux/udp.h>

#define DNS_PORT 53
#define NAME_SIZE 64
#define IS_ANSWER 0x80

struct dns_header {
	u16 id;
	u8 flags;
	u8 more_flags;
	u16 questions;
	u16 answers[3];
};

/* Labels, each after its length, up to an empty one; in lower case. */
struct name_t {
	u8 labels[NAME_SIZE];
};

/* The names, and how many queries for each were seen. */
BPF_HASH(names, struct name_t, u64, 4096);

int match(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	struct iphdr *ip = data + sizeof(*ethernet);
	struct udphdr *udp = (void *)(ip + 1);
	struct dns_header *dns = (void *)(udp + 1);
	u8 *question = (void *)(dns + 1), *at, letter = 0;
	struct name_t name = {};
	u64 *count;
	int i;

	if ((void *)question > end)
		return XDP_PASS;
	if (ethernet->h_proto != bpf_htons(ETH_P_IP) || ip->ihl != 5 || ip->protocol != IPPROTO_UDP)
		return XDP_PASS;
	if (udp->dest != bpf_htons(DNS_PORT) || dns->flags & IS_ANSWER || !dns->questions)
		return XDP_PASS;
#pragma unroll
	for (i = 0; i < NAME_SIZE; i++) {
		at = question + i;
		asm volatile("" : "+r"(at));	/* see the README */
		if ((void *)(at + 1) > end)
			return XDP_PASS;
		letter = *at;
		if (letter >= 'A' && letter <= 'Z')
			letter += 'a' - 'A';
		name.labels[i] = letter;
		if (!letter)
			break;
	}
	if (letter)
		return XDP_PASS;	/* longer than any name in the table */
	count = names.lookup(&name);
	if (!count)
		return XDP_PASS;
	lock_xadd(count, 1);
	return DROP ? XDP_DROP : XDP_PASS;
}`

// load compiles the program and tells it the names.
func load(names []string, drop bool) (*bccgo.Module, error) {
	define := map[string]string{"DROP": "0"}
	if drop {
		define["DROP"] = "1"
	}
	m, err := bccgo.Load(program, &bccgo.Options{Defines: define})
	if err != nil {
		return nil, err
	}
	table, err := bccgo.Map[labels, uint64](m, "names")
	for _, name := range names {
		var key labels
		if key, err = encode(name); err == nil {
			err = table.Update(key, 0)
		}
		if err != nil {
			break
		}
	}
	if err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

func run(ctx context.Context, device string, names []string, drop bool, o *bccgo.XDPOptions) error {
	m, err := load(names, drop)
	if err != nil {
		return err
	}
	defer m.Close()
	if _, err := m.AttachXDP(device, "match", o); err != nil {
		return err
	}
	log.Printf("Matching queries at %s; Ctrl-C ends it.", device)
	<-ctx.Done()
	counts, err := bccgo.Map[labels, uint64](m, "names")
	if err != nil {
		return err
	}
	fmt.Printf("%10s %s\n", "QUERIES", "NAME")
	for _, name := range names {
		key, err := encode(name)
		if err != nil {
			return err
		}
		n, err := counts.Lookup(key)
		if err != nil {
			return err
		}
		fmt.Printf("%10d %s\n", n, name)
	}
	return nil
}

// printCost has the kernel run the function many times: on a query for a name that
// is in the table, and on one that is not.
func printCost() error {
	m, err := load([]string{"www.example.org"}, true)
	if err != nil {
		return err
	}
	defer m.Close()
	for _, name := range []string{"www.example.org", "www.example.net"} {
		packet, err := query(name)
		if err != nil {
			return err
		}
		result, err := m.TestRun("match", &bccgo.TestRunOptions{Data: packet, Repeat: 1_000_000})
		if err != nil {
			return err
		}
		fmt.Printf("A query for %s takes %v: %v.\n", name, result.Duration, bccgo.XDPAction(result.Return))
	}
	return nil
}

func main() {
	device := flag.String("i", "", "the network `device`, such as eth0")
	drop := flag.Bool("drop", false, "drop the queries that match")
	generic := flag.Bool("skb", false, "use the kernel's generic place, not the driver's")
	cost := flag.Bool("cost", false, "only print what a query takes")
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "usage: %s [flags] NAME...\n", os.Args[0])
		flag.PrintDefaults()
	}
	flag.Parse()
	log.SetFlags(0)
	if *cost {
		if err := printCost(); err != nil {
			log.Fatal(err)
		}
		return
	}
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	var o bccgo.XDPOptions
	if *generic {
		o.Flags = bccgo.XDPFlagsSKBMode
	}
	if err := run(ctx, *device, flag.Args(), *drop, &o); err != nil {
		log.Fatal(err)
	}
}
