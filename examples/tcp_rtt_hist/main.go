// Command tcp_rtt_hist shows the round-trip times of TCP connections as the kernel
// measures them, as a histogram for each remote address.
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
#include <linux/tcp.h>
#include <net/sock.h>

#define MAPPED 0xffffULL	/* what stands before an address of IPv4 in one of IPv6 */

/* The fields before the last make a histogram of their own each. */
struct place_t {
	u64 high;	/* the address in two halves */
	u64 low;
	u64 slot;
};
BPF_HISTOGRAM(rtts, struct place_t, 10240);

KFUNC_PROBE(tcp_rcv_established, struct sock *sk)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
	struct place_t place = {};
	u64 half[2];

	if (!tcp)
		return 0;
	if (PORT && sk->__sk_common.skc_dport != bpf_htons(PORT) && sk->__sk_common.skc_num != PORT)
		return 0;
	if (sk->__sk_common.skc_family == AF_INET) {
		place.low = MAPPED << 32 | bpf_ntohl(sk->__sk_common.skc_daddr);
	} else {
		bpf_probe_read_kernel(half, sizeof(half), &sk->__sk_common.skc_v6_daddr);
		place.high = bpf_ntohll(half[0]);
		place.low = bpf_ntohll(half[1]);
	}
	/* The kernel keeps eight times the smoothed time. */
	place.slot = bpf_log2l(tcp->srtt_us >> 3);
	rtts.atomic_increment(place);
	return 0;
}`

// section names a histogram by the fields of its key.
func section(key any) string {
	fields, ok := key.(bccgo.KeyFields)
	if !ok {
		return fmt.Sprint(key)
	}
	var address [16]byte
	for i, name := range []string{"high", "low"} {
		field, _ := fields.Field(name)
		half, _ := field.Uint()
		binary.BigEndian.PutUint64(address[8*i:], half)
	}
	return netip.AddrFrom16(address).Unmap().String()
}

func run(ctx context.Context, port uint) error {
	if port > 0xffff {
		return fmt.Errorf("-port %d: ports go up to 65535", port)
	}
	m, err := bccgo.Load(program, &bccgo.Options{Defines: map[string]string{"PORT": fmt.Sprint(port)}})
	if err != nil {
		return err
	}
	defer m.Close()

	log.Print("Measuring round trips; Ctrl-C prints the histograms.")
	<-ctx.Done()
	o := &bccgo.HistogramOptions{SectionHeader: "to", SectionPrint: section}
	return m.Table("rtts").PrintLog2Hist(os.Stdout, "usecs", o)
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
