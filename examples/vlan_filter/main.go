// Command vlan_filter lets only the frames of some virtual networks (VLANs, IEEE
// 802.1Q) in at a network device, and counts all of them.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

const program = `
#include <uapi/linux/pkt_cls.h>

#define VLANS 4096
#define VLAN_MASK 0xfff	/* the other bits of a tag are a priority */

struct count_t {
	u64 passed;
	u64 dropped;
};

/* By the number of the VLAN; frames without a tag are 0. */
BPF_ARRAY(allowed, u32, VLANS);
BPF_PERCPU_ARRAY(counts, struct count_t, VLANS);

int filter(struct __sk_buff *skb)
{
	int vlan = skb->vlan_present ? skb->vlan_tci & VLAN_MASK : 0;
	u32 *allow = allowed.lookup(&vlan);
	struct count_t *count = counts.lookup(&vlan);

	if (!allow || !count)
		return TC_ACT_SHOT;
	if (!*allow) {
		count->dropped++;
		return TC_ACT_SHOT;
	}
	count->passed++;
	return TC_ACT_UNSPEC;
}`

type count struct {
	Passed, Dropped uint64
}

// load compiles the program and allows VLANs, a list of numbers.
func load(vlans string) (*bccgo.Module, error) {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return nil, err
	}
	if err := allow(m, vlans); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

func allow(m *bccgo.Module, vlans string) error {
	allowed, err := bccgo.Map[int32, uint32](m, "allowed")
	if err != nil {
		return err
	}
	for word := range strings.SplitSeq(vlans, ",") {
		vlan, err := strconv.ParseUint(word, 10, 12)
		if err != nil || vlan == 4095 {
			return fmt.Errorf("-allow %s: give numbers from 0 to 4094, separated by commas", word)
		}
		if err := allowed.Update(int32(vlan), 1); err != nil {
			return err
		}
	}
	return nil
}

func run(ctx context.Context, device, vlans string) error {
	m, err := load(vlans)
	if err != nil {
		return err
	}
	defer m.Close()
	if _, err := m.AttachTC(device, bccgo.Ingress, "filter", nil); err != nil {
		return err
	}
	log.Printf("Letting VLAN %s in at %s; Ctrl-C ends it.", vlans, device)
	<-ctx.Done()
	return printCounts(m)
}

func printCounts(m *bccgo.Module) error {
	counts, err := bccgo.PerCPU[int32, count](m, "counts")
	if err != nil {
		return err
	}
	fmt.Printf("%-8s %10s %10s\n", "VLAN", "PASSED", "DROPPED")
	for vlan, each := range counts.All() {
		var sum count
		for _, c := range each {
			sum.Passed += c.Passed
			sum.Dropped += c.Dropped
		}
		if sum == (count{}) {
			continue
		}
		name := fmt.Sprint(vlan)
		if vlan == 0 {
			name = "none"
		}
		fmt.Printf("%-8s %10d %10d\n", name, sum.Passed, sum.Dropped)
	}
	return counts.Err()
}

// printCost has the kernel run the function on one frame many times.
func printCost(vlans string) error {
	m, err := load(vlans)
	if err != nil {
		return err
	}
	defer m.Close()
	result, err := m.TestRun("filter", &bccgo.TestRunOptions{Type: bccgo.SchedCLS, Data: make([]byte, 64), Repeat: 1_000_000})
	if err != nil {
		return err
	}
	verdict := "passes"
	if result.Return == 2 { // TC_ACT_SHOT
		verdict = "is dropped"
	}
	fmt.Printf("A frame without a tag takes %v, and %s.\n", result.Duration, verdict)
	return nil
}

func main() {
	device := flag.String("i", "", "the network `device`, such as eth0")
	vlans := flag.String("allow", "0", "let these `numbers` in, separated by commas; 0 is for frames without a tag")
	cost := flag.Bool("cost", false, "only print what a frame takes")
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	flag.Parse()
	log.SetFlags(0)
	if *cost {
		if err := printCost(*vlans); err != nil {
			log.Fatal(err)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, *device, *vlans); err != nil {
		log.Fatal(err)
	}
}
