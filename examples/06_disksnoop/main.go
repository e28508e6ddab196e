// Command 06_disksnoop prints the size and the latency of each disk request, by
// kprobes where a request goes to the disk and where it is done.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

const program = `
#include <uapi/linux/ptrace.h>
#include <linux/blk-mq.h>

#ifdef REQ_OP_SHIFT /* Linux 4.9 */
#define OPERATION(flags) ((flags) >> REQ_OP_SHIFT)
#else
#define OPERATION(flags) ((flags) & REQ_OP_MASK)
#endif

struct begun {
	u64 ns;
	u32 bytes;
	u32 operation;
};
BPF_HASH(running, struct request *, struct begun);

int request_begins(struct pt_regs *ctx, struct request *req)
{
	u64 flags = req->cmd_flags;
	struct begun b = {};

	b.ns = bpf_ktime_get_ns();
	b.bytes = req->__data_len;
	b.operation = OPERATION(flags);
	running.update(&req, &b);
	return 0;
}

static inline int finish(struct request *req)
{
	struct begun *b = running.lookup(&req);

	if (b) {
		bpf_trace_printk("%u %u %llu\n", b->operation, b->bytes, (bpf_ktime_get_ns() - b->ns) / 1000);
		running.delete(&req);
	}
	return 0;
}

int request_done(struct pt_regs *ctx, struct request *req)
{
	return finish(req);
}

int request_done_raw(struct bpf_raw_tracepoint_args *ctx)
{
	return finish((struct request *)ctx->args[0]);
}`

// attach finds the functions, whose names differ between kernels.
func attach(m *bccgo.Module) error {
	if _, err := m.Attach("kprobe:blk_mq_start_request", "request_begins"); err != nil {
		return err
	}
	// Until Linux 4.20 some disks' requests took another way.
	var absent *bccgo.KprobeError
	if _, err := m.Attach("kprobe:blk_start_request", "request_begins"); err != nil && !errors.As(err, &absent) {
		return err
	}
	_, err := m.AttachFirst("request_done",
		"kprobe:__blk_account_io_done", // since Linux 5.16
		"kprobe:blk_account_io_done")
	var none *bccgo.NoProbeError
	if errors.As(err, &none) {
		// The compiler has inlined the function. This tracepoint beside it
		// gets the request, too.
		_, err = m.Attach("raw_tracepoint:block_rq_complete", "request_done_raw")
	}
	return err
}

// operations are the letters of enum req_op.
var operations = map[int]string{0: "R", 1: "W", 2: "F", 3: "D"}

func operation(number int) string {
	if letter, ok := operations[number]; ok {
		return letter
	}
	return fmt.Sprint(number)
}

func run(ctx context.Context) error {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := attach(m); err != nil {
		return fmt.Errorf("%w\n13_disksnoop_tracepoints shows requests without kprobes", err)
	}

	pipe, err := bccgo.OpenTracePipe()
	if err != nil {
		return err
	}
	defer pipe.Close()

	log.Print("Tracing disk requests; Ctrl-C ends it.")
	fmt.Printf("%-14s %-4s %-8s %s\n", "TIME(s)", "KIND", "BYTES", "LAT(ms)")
	for l, err := range pipe.All(ctx) {
		if err != nil {
			return err
		}
		var kind, bytes, usecs int
		if _, err := fmt.Sscan(l.Message, &kind, &bytes, &usecs); err != nil {
			continue // a line of another program
		}
		fmt.Printf("%-14.6f %-4s %-8d %.2f\n", l.Timestamp, operation(kind), bytes, float64(usecs)/1000)
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
