// Command kvm_hypercall prints the calls that virtual machines make to KVM, and
// how long each kept its virtual processor from running.
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
struct call {
	u64 left;
	u64 took;
	u64 number;
	u64 arg[4];
	u32 pid;
	u32 reason;
};
BPF_PERF_OUTPUT(calls);

/* The virtual processor that a thread runs, while it is not in the machine. */
BPF_HASH(outside, u32, struct call);

TRACEPOINT_PROBE(kvm, kvm_exit)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct call c = {};

	c.left = bpf_ktime_get_ns();
	c.reason = args->exit_reason;
	outside.update(&tid, &c);
	return 0;
}

TRACEPOINT_PROBE(kvm, kvm_hypercall)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct call *c = outside.lookup(&tid);

	if (!c)
		return 0;
	c->pid = bpf_get_current_pid_tgid() >> 32;
	c->number = args->nr;
	c->arg[0] = args->a0;
	c->arg[1] = args->a1;
	c->arg[2] = args->a2;
	c->arg[3] = args->a3;
	return 0;
}

TRACEPOINT_PROBE(kvm, kvm_entry)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct call *c = outside.lookup(&tid);

	if (!c)
		return 0;
	if (c->pid) {
		c->took = bpf_ktime_get_ns() - c->left;
		calls.perf_submit(args, c, sizeof(*c));
	}
	outside.delete(&tid);
	return 0;
}`

type call struct {
	Left, Took, Number uint64
	Arg                [4]uint64
	PID, Reason        uint32
}

func run(ctx context.Context) error {
	// Without its tracepoints the text cannot even be compiled.
	if _, err := bccgo.FirstProbe("tracepoint:kvm:kvm_hypercall"); err != nil {
		return fmt.Errorf("KVM is not loaded; load it with modprobe kvm_intel or modprobe kvm_amd, as the processor is: %w", err)
	}
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return err
	}
	defer m.Close()

	// Calls on two CPUs come in the order of the CPUs otherwise.
	calls := bccgo.Stream[call](m, "calls", &bccgo.StreamOptions{OrderBy: "left"})
	if err := calls.Err(); err != nil {
		return err
	}
	log.Print("Tracing hypercalls; Ctrl-C ends it.")
	fmt.Printf("%-8s %-7s %-6s %-6s %9s  %s\n", "TIME", "PID", "EXIT", "CALL", "USECS", "ARGUMENTS")
	for c, err := range calls.All(ctx) {
		if err != nil {
			return err
		}
		fmt.Printf("%-8s %-7d %#-6x %-6d %9.1f  %#x\n", time.Now().Format(time.TimeOnly), c.PID, c.Reason, c.Number,
			float64(c.Took)/1000, c.Arg)
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
