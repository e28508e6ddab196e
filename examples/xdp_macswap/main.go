// Command xdp_macswap sends the frames that arrive at a network device back to
// where they came from, as a mirror at the end of a cable does.
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

struct count_t {
	u64 frames;
	u64 bytes;
};
BPF_PERCPU_ARRAY(count, struct count_t, 1);

int mirror(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	u8 address[ETH_ALEN];
	struct count_t *c;
	int zero = 0;

	if ((void *)(ethernet + 1) > end)
		return XDP_PASS;
	/* Not what is meant for everybody or several. */
	if (ethernet->h_dest[0] & 1)
		return XDP_PASS;
	if (ETHER_TYPE && ethernet->h_proto != bpf_htons(ETHER_TYPE))
		return XDP_PASS;
	__builtin_memcpy(address, ethernet->h_dest, ETH_ALEN);
	__builtin_memcpy(ethernet->h_dest, ethernet->h_source, ETH_ALEN);
	__builtin_memcpy(ethernet->h_source, address, ETH_ALEN);
	c = count.lookup(&zero);
	if (c) {
		c->frames++;
		c->bytes += end - data;
	}
	return XDP_TX;
}`

type count struct {
	Frames, Bytes uint64
}

// load compiles the program for one type of frames, or for all (0).
func load(etherType uint) (*bccgo.Module, error) {
	if etherType > 0xffff {
		return nil, fmt.Errorf("-type %#x: a type has 16 bits", etherType)
	}
	return bccgo.Load(program, &bccgo.Options{Defines: map[string]string{"ETHER_TYPE": fmt.Sprint(etherType)}})
}

func run(ctx context.Context, device string, etherType uint, o *bccgo.XDPOptions) error {
	m, err := load(etherType)
	if err != nil {
		return err
	}
	defer m.Close()
	counts, err := bccgo.PerCPU[int32, count](m, "count")
	if err != nil {
		return err
	}
	if _, err := m.AttachXDP(device, "mirror", o); err != nil {
		return err
	}
	log.Printf("Sending back what arrives at %s; Ctrl-C ends it.", device)
	<-ctx.Done()
	each, err := counts.Lookup(0)
	var sum count
	for _, c := range each {
		sum.Frames += c.Frames
		sum.Bytes += c.Bytes
	}
	fmt.Printf("%d frames sent back, %d bytes\n", sum.Frames, sum.Bytes)
	return err
}

// printCost has the kernel run the function on one frame many times: an odd number
// of them, so that the addresses come back swapped.
func printCost() error {
	m, err := load(0)
	if err != nil {
		return err
	}
	defer m.Close()
	frame := make([]byte, 64)
	frame[5], frame[11] = 1, 2
	result, err := m.TestRun("mirror", &bccgo.TestRunOptions{Data: frame, Repeat: 1_000_001})
	if err != nil {
		return err
	}
	if result.Data[5] != 2 || result.Data[11] != 1 {
		return fmt.Errorf("the addresses were not swapped: % x", result.Data[:12])
	}
	fmt.Printf("A frame takes %v: %v.\n", result.Duration, bccgo.XDPAction(result.Return))
	return nil
}

func main() {
	device := flag.String("i", "", "the network `device`, such as eth0")
	etherType := flag.Uint("type", 0, "only frames of this `type`, such as 0x0800 for IPv4")
	generic := flag.Bool("skb", false, "use the kernel's generic place, not the driver's")
	cost := flag.Bool("cost", false, "only print what a frame takes")
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
	if err := run(ctx, *device, *etherType, &o); err != nil {
		log.Fatal(err)
	}
}
