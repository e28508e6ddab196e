// Command learning_bridge makes one network of several network devices: it learns
// which address of Ethernet is behind which device, and sends frames there alone.
package main

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

const program = `
#include <uapi/linux/if_ether.h>
#include <uapi/linux/pkt_cls.h>

#define GROUP 1	/* the bit of an address that stands for several hosts */

struct count_t {
	u64 forwarded;
	u64 flooded;
	u64 filtered;
};

/* An address has 48 bits, as they are in a frame; the value is a device's number. */
BPF_TABLE("lru_hash", u64, u32, places, 4096);
BPF_ARRAY(ports, u32, PORTS);
BPF_PERCPU_ARRAY(count, struct count_t, 1);

int forward(struct __sk_buff *skb)
{
	u64 from = 0, to = 0;
	u32 here = skb->ifindex, *there, *port;
	struct count_t *c;
	int i, zero = 0;

	c = count.lookup(&zero);
	if (!c || bpf_skb_load_bytes(skb, offsetof(struct ethhdr, h_dest), &to, ETH_ALEN) ||
	    bpf_skb_load_bytes(skb, offsetof(struct ethhdr, h_source), &from, ETH_ALEN))
		return TC_ACT_SHOT;
	there = places.lookup(&from);
	if (!there || *there != here)
		places.update(&from, &here);	/* much dearer than a lookup */
	there = load_byte(skb, 0) & GROUP ? NULL : places.lookup(&to);
	if (there && *there == here) {
		c->filtered++;	/* it has arrived already */
		return TC_ACT_SHOT;
	}
	if (there) {
		c->forwarded++;
		return bpf_redirect(*there, 0);
	}
	c->flooded++;
#pragma unroll
	for (i = 0; i < PORTS; i++) {
		int index = i;

		port = ports.lookup(&index);
		if (port && *port != here)
			bpf_clone_redirect(skb, *port, 0);
	}
	return TC_ACT_SHOT;
}`

type count struct {
	Forwarded, Flooded, Filtered uint64
}

// load compiles the program for a number of devices.
func load(ports int) (*bccgo.Module, error) {
	return bccgo.Load(program, &bccgo.Options{Defines: map[string]string{"PORTS": fmt.Sprint(ports)}})
}

func run(ctx context.Context, devices []string) error {
	m, err := load(len(devices))
	if err != nil {
		return err
	}
	defer m.Close()
	names, err := attach(m, devices)
	if err != nil {
		return err
	}
	log.Printf("Bridging %s; Ctrl-C ends it.", strings.Join(devices, " "))
	<-ctx.Done()
	return printPlaces(m, names)
}

// attach tells the program the devices, and attaches it to each. It returns their
// names by their numbers.
func attach(m *bccgo.Module, devices []string) (map[uint32]string, error) {
	ports, err := bccgo.Map[int32, uint32](m, "ports")
	if err != nil {
		return nil, err
	}
	names := make(map[uint32]string)
	for i, device := range devices {
		d, err := net.InterfaceByName(device)
		if err != nil {
			return nil, fmt.Errorf("find network device %s: %w", device, err)
		}
		names[uint32(d.Index)] = device
		if err := ports.Update(int32(i), uint32(d.Index)); err != nil {
			return nil, err
		}
	}
	for _, device := range devices {
		if _, err := m.AttachTC(device, bccgo.Ingress, "forward", nil); err != nil {
			return nil, err
		}
	}
	return names, nil
}

func printPlaces(m *bccgo.Module, names map[uint32]string) error {
	places, err := bccgo.Map[uint64, uint32](m, "places")
	if err != nil {
		return err
	}
	var rows []string
	for address, device := range places.All() {
		b := binary.NativeEndian.AppendUint64(nil, address)
		rows = append(rows, fmt.Sprintf("%-18v %s\n", net.HardwareAddr(b[:6]), names[device]))
	}
	slices.Sort(rows)
	fmt.Printf("%-18s %s\n%s", "ADDRESS", "DEVICE", strings.Join(rows, ""))
	if err := places.Err(); err != nil {
		return err
	}
	counts, err := bccgo.PerCPU[int32, count](m, "count")
	if err != nil {
		return err
	}
	each, err := counts.Lookup(0)
	var sum count
	for _, c := range each {
		sum.Forwarded += c.Forwarded
		sum.Flooded += c.Flooded
		sum.Filtered += c.Filtered
	}
	fmt.Printf("%d frames went to one device, %d to all, %d stayed\n", sum.Forwarded, sum.Flooded, sum.Filtered)
	return err
}

// printCost has the kernel run the function many times, on a frame for an address
// that is known.
func printCost() error {
	m, err := load(2)
	if err != nil {
		return err
	}
	defer m.Close()
	places, err := bccgo.Map[uint64, uint32](m, "places")
	if err != nil {
		return err
	}
	frame := make([]byte, 64)
	frame[5], frame[11] = 2, 1
	to := binary.NativeEndian.Uint64([]byte{0, 0, 0, 0, 0, 2, 0, 0})
	if err := places.Update(to, 1<<20); err != nil { // a device that is not there: nothing is sent
		return err
	}
	result, err := m.TestRun("forward", &bccgo.TestRunOptions{Type: bccgo.SchedCLS, Data: frame, Repeat: 1_000_000})
	if err != nil {
		return err
	}
	if result.Return != 7 { // TC_ACT_REDIRECT
		return fmt.Errorf("the frame was not forwarded: the result is %d", result.Return)
	}
	fmt.Printf("A frame for a known address takes %v.\n", result.Duration)
	return nil
}

func main() {
	cost := flag.Bool("cost", false, "only print what a frame takes")
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "usage: %s [flags] DEVICE DEVICE...\n", os.Args[0])
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
	if flag.NArg() < 2 || flag.NArg() > 32 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, flag.Args()); err != nil {
		log.Fatal(err)
	}
}
