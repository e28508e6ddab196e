// Command xdp_redirect_map ties two network devices together: what arrives at one
// leaves at the other, before the kernel's network stack sees it.
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
struct count_t {
	u64 packets;
	u64 bytes;
};

/* Both by the place of the device in the command line, 0 or 1. */
BPF_DEVMAP(ports, 2);
BPF_PERCPU_ARRAY(counts, struct count_t, 2);

static inline void add(struct xdp_md *ctx, int to)
{
	struct count_t *count = counts.lookup(&to);

	if (!count)
		return;
	count->packets++;
	count->bytes += ctx->data_end - ctx->data;
}

int to_first(struct xdp_md *ctx)
{
	add(ctx, 0);
	return ports.redirect_map(0, 0);
}

int to_second(struct xdp_md *ctx)
{
	add(ctx, 1);
	return ports.redirect_map(1, 0);
}`

type count struct {
	Packets, Bytes uint64
}

func run(ctx context.Context, devices []string, o *bccgo.XDPOptions) error {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	counts, err := bccgo.PerCPU[int32, count](m, "counts")
	if err != nil {
		return err
	}
	ports := bccgo.DevMap(m, "ports")
	for i, device := range devices {
		if err := ports.Set(uint32(i), device); err != nil {
			return err
		}
	}
	for i, function := range []string{"to_second", "to_first"} {
		if _, err := m.AttachXDP(devices[i], function, o); err != nil {
			return err
		}
	}
	log.Printf("Redirecting between %s and %s; Ctrl-C ends it.", devices[0], devices[1])
	<-ctx.Done()
	return printCounts(counts, devices)
}

func printCounts(counts *bccgo.PerCPUMap[int32, count], devices []string) error {
	fmt.Printf("%-16s %10s %12s\n", "TO", "PACKETS", "BYTES")
	for to, each := range counts.All() {
		var sum count
		for _, c := range each {
			sum.Packets += c.Packets
			sum.Bytes += c.Bytes
		}
		fmt.Printf("%-16s %10d %12d\n", devices[to], sum.Packets, sum.Bytes)
	}
	return counts.Err()
}

// printCost has the kernel run the function on one packet many times. Its result
// says what would become of the packet.
func printCost() error {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := bccgo.DevMap(m, "ports").Set(1, "lo"); err != nil {
		return err
	}
	result, err := m.TestRun("to_second", &bccgo.TestRunOptions{Data: make([]byte, 64), Repeat: 1_000_000})
	if err != nil {
		return err
	}
	fmt.Printf("A packet takes %v: %v.\n", result.Duration, bccgo.XDPAction(result.Return))
	return nil
}

func main() {
	generic := flag.Bool("skb", false, "use the kernel's generic place, not the drivers'")
	cost := flag.Bool("cost", false, "only print what a packet takes")
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "usage: %s [flags] DEVICE DEVICE\n", os.Args[0])
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
	if flag.NArg() != 2 {
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
	if err := run(ctx, flag.Args(), &o); err != nil {
		log.Fatal(err)
	}
}
