// Command undump prints the bytes that programs receive through UNIX stream
// sockets.
package main

import (
	"context"
	"encoding/hex"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strconv"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

const program = `
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <net/af_unix.h>

#define MOST 1024

struct packet {
	u32 pid;
	u32 received;
	u32 shown;
	char comm[TASK_COMM_LEN];
	u8 data[MOST];
};
BPF_PERF_OUTPUT(packets);

/* Too large for the stack. */
BPF_PERCPU_ARRAY(scratch, struct packet, 1);

/* Copies chunk bytes out of a buffer of the socket, skip of those left in it. */
int kprobe__unix_stream_read_actor(struct pt_regs *ctx, struct sk_buff *skb, int skip, int chunk)
{
	struct unix_skb_parms parms;
	int slot = 0;
	struct packet *p = scratch.lookup(&slot);
	u64 at, linear, n = (u32)chunk;

	if (!p)
		return 0;
	p->pid = bpf_get_current_pid_tgid() >> 32;
#ifdef TARGET
	if (p->pid != TARGET)
		return 0;
#endif
	bpf_probe_read_kernel(&parms, sizeof(parms), skb->cb);
	at = parms.consumed + skip;
	/* The rest of a large buffer is in pages elsewhere. */
	linear = skb->len - skb->data_len;
	if (at > linear)
		at = linear;
	if (n > linear - at)
		n = linear - at;
	if (n > MOST)
		n = MOST;
	if (bpf_probe_read_kernel(p->data, n, skb->data + at))
		n = 0;
	p->received = chunk;
	p->shown = n;
	bpf_get_current_comm(&p->comm, sizeof(p->comm));
	packets.perf_submit(ctx, p, sizeof(*p));
	return 0;
}`

type packet struct {
	PID, Received, Shown uint32
	Comm                 bccgo.Comm
	Data                 [1024]byte
}

func run(ctx context.Context, pid int) error {
	o := &bccgo.Options{}
	if pid > 0 {
		o.Defines = map[string]string{"TARGET": strconv.Itoa(pid)}
	}
	m, err := bccgo.Load(program, o)
	if err != nil {
		return err
	}
	defer m.Close()

	packets := bccgo.Stream[packet](m, "packets", nil)
	if err := packets.Err(); err != nil {
		return err
	}
	log.Print("Listening to UNIX stream sockets; Ctrl-C ends it.")
	return packets.Each(ctx, func(p *packet) error {
		fmt.Printf("%s (%d) receives %d bytes", p.Comm, p.PID, p.Received)
		if p.Shown < p.Received {
			fmt.Printf(", of which these are %d", p.Shown)
		}
		_, err := fmt.Printf("\n%s", hex.Dump(p.Data[:p.Shown]))
		return err
	})
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	pid := flag.Int("p", 0, "only what this `process` receives")
	flag.Parse()
	log.SetFlags(0)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, *pid); err != nil {
		log.Fatal(err)
	}
}
