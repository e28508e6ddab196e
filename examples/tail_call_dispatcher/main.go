// Command tail_call_dispatcher hands the packets that arrive at a network device to
// a function for their protocol. Which function that is can be changed while it
// runs.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

const program = `
#include <uapi/linux/if_ether.h>
#include <uapi/linux/ip.h>

enum { UNHANDLED, PASSED, DROPPED, OUTCOMES };

/* By the number of the protocol above IP. */
BPF_PROG_ARRAY(handlers, 256);
BPF_PERCPU_ARRAY(counts, u64, 256 * OUTCOMES);	/* some for each protocol */

static inline int protocol_of(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	struct iphdr *ip = data + sizeof(*ethernet);

	if ((void *)(ip + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return -1;
	return ip->protocol;
}

static inline void add(int protocol, int outcome)
{
	int slot = protocol * OUTCOMES + outcome;
	u64 *count = counts.lookup(&slot);

	if (count)
		(*count)++;
}

/* Every packet begins here. */
int dispatch(struct xdp_md *ctx)
{
	int protocol = protocol_of(ctx);

	if (protocol < 0)
		return XDP_PASS;
	handlers.call(ctx, protocol);
	/* Comes here if there is no handler. */
	add(protocol, UNHANDLED);
	return XDP_PASS;
}

int pass(struct xdp_md *ctx)
{
	add(protocol_of(ctx), PASSED);
	return XDP_PASS;
}

int drop(struct xdp_md *ctx)
{
	add(protocol_of(ctx), DROPPED);
	return XDP_DROP;
}`

const outcomes = 3

// protocols are the numbers of those that can be named.
var protocols = map[string]uint32{"icmp": 1, "tcp": 6, "udp": 17}

// dispatcher is the loaded program.
type dispatcher struct {
	*bccgo.Module
	handlers *bccgo.JumpTable
}

func load() (*dispatcher, error) {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return nil, err
	}
	return &dispatcher{m, bccgo.ProgArray(m, "handlers")}, nil
}

// set makes a function the handler of a protocol: "udp drop", or "udp none".
func (d *dispatcher) set(order string) error {
	name, handler, _ := strings.Cut(strings.TrimSpace(order), " ")
	protocol, known := protocols[name]
	if !known {
		return fmt.Errorf("%q: give icmp, tcp or udp, and then drop, pass or none", order)
	}
	switch handler {
	case "drop", "pass":
		return d.handlers.Set(protocol, handler)
	case "none":
		return d.handlers.Delete(protocol)
	}
	return fmt.Errorf("%q: give drop, pass or none for %s", order, name)
}

// obey carries out the orders that a reader has, a line each.
func (d *dispatcher) obey(r io.Reader) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if err := d.set(lines.Text()); err != nil {
			log.Print(err)
			continue
		}
		log.Printf("Now: %s.", lines.Text())
	}
	if err := lines.Err(); err != nil {
		log.Printf("read orders: %v", err)
	}
}

func run(ctx context.Context, device string, o *bccgo.XDPOptions) error {
	d, err := load()
	if err != nil {
		return err
	}
	defer d.Close()
	if _, err := d.AttachXDP(device, "dispatch", o); err != nil {
		return err
	}
	log.Printf("Dispatching at %s; type orders such as udp drop, Ctrl-C ends it.", device)
	go d.obey(os.Stdin)
	<-ctx.Done()
	return d.printCounts()
}

func (d *dispatcher) printCounts() error {
	counts, err := bccgo.PerCPU[int32, uint64](d.Module, "counts")
	if err != nil {
		return err
	}
	var sums [256][outcomes]uint64
	for slot, each := range counts.All() {
		sums[slot/outcomes][slot%outcomes] = bccgo.Sum(each)
	}
	fmt.Printf("%-8s %10s %10s %10s\n", "PROTOCOL", "UNHANDLED", "PASSED", "DROPPED")
	for protocol, sum := range sums {
		if sum == [outcomes]uint64{} {
			continue
		}
		name := fmt.Sprint(protocol)
		for n, p := range protocols {
			if p == uint32(protocol) {
				name = n
			}
		}
		fmt.Printf("%-8s %10d %10d %10d\n", name, sum[0], sum[1], sum[2])
	}
	return counts.Err()
}

// printCost has the kernel run the function on one packet many times, without a
// handler and with one.
func printCost() error {
	d, err := load()
	if err != nil {
		return err
	}
	defer d.Close()
	packet := make([]byte, 64)
	packet[12] = 0x08 // IPv4
	packet[14] = 0x45
	packet[14+9] = 17 // UDP
	for _, handler := range []string{"none", "pass", "drop"} {
		if handler != "none" {
			if err := d.set("udp " + handler); err != nil {
				return err
			}
		}
		result, err := d.TestRun("dispatch", &bccgo.TestRunOptions{Data: packet, Repeat: 1_000_000})
		if err != nil {
			return err
		}
		fmt.Printf("handler %s: a packet takes %v, %v\n", handler, result.Duration, bccgo.XDPAction(result.Return))
	}
	return nil
}

func main() {
	device := flag.String("i", "", "the network `device`, such as eth0")
	generic := flag.Bool("skb", false, "use the kernel's generic place, not the driver's")
	cost := flag.Bool("cost", false, "only print what a packet takes")
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	flag.Parse()
	log.SetFlags(0)
	if *cost {
		if err := printCost(); err != nil {
			log.Fatal(err)
		}
		return
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
	if err := run(ctx, *device, &o); err != nil {
		log.Fatal(err)
	}
}
