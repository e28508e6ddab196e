// Command strlen_hist_ifunc counts the results of strlen, an indirect function,
// in the one that the C library picked for this processor. It finds that one
// itself, by watching the choice being made, and shows that bccgo finds the same.
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
#include <uapi/linux/ptrace.h>

/* Where the resolver begins, and the function that it returned. */
struct choice {
	u64 resolver;
	u64 chosen;
};
BPF_ARRAY(choices, struct choice, 1);

int resolver_called(struct pt_regs *ctx)
{
	int slot = 0;
	struct choice *c = choices.lookup(&slot);

	if (c)
		c->resolver = PT_REGS_IP(ctx);
	return 0;
}

int resolver_returns(struct pt_regs *ctx)
{
	int slot = 0;
	struct choice *c = choices.lookup(&slot);

	if (c)
		c->chosen = PT_REGS_RC(ctx);
	return 0;
}

BPF_HISTOGRAM(lengths);
BPF_ARRAY(calls, u64, 2);

int found_by_hand(struct pt_regs *ctx)
{
	lengths.atomic_increment(bpf_log2l(PT_REGS_RC(ctx)));
	calls.atomic_increment(0);
	return 0;
}

int found_by_name(struct pt_regs *ctx)
{
	calls.atomic_increment(1);
	return 0;
}`

const symbol = "strlen"

// attach puts one function where the choice was seen to lead, and another where
// bccgo finds the symbol.
func attach(m *bccgo.Module, f indirect, chosen uint64, pid int) error {
	byHand := &bccgo.UprobeOptions{Address: chosen, PID: pid}
	if _, err := m.AttachUretprobe(f.path, "", "found_by_hand", byHand); err != nil {
		return err
	}
	_, err := m.AttachUretprobe(f.path, symbol, "found_by_name", &bccgo.UprobeOptions{PID: pid})
	return err
}

func report(m *bccgo.Module) error {
	if err := m.Table("lengths").PrintLog2Hist(os.Stdout, "bytes", nil); err != nil {
		return err
	}
	calls, err := bccgo.Map[int32, uint64](m, "calls")
	if err != nil {
		return err
	}
	for i, how := range []string{"seen to be chosen", "found by name"} {
		n, err := calls.Lookup(int32(i))
		if err != nil {
			return err
		}
		fmt.Printf("%d calls of the function %s\n", n, how)
	}
	return nil
}

func run(ctx context.Context, pid int) error {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return err
	}
	defer m.Close()

	f, chosen, err := watchChoice(m)
	if err != nil {
		return err
	}
	fmt.Printf("%s in %s: the resolver at %#x chose the function at %#x\n", symbol, f.path, f.resolver, chosen)
	if err := attach(m, f, chosen, pid); err != nil {
		return err
	}
	log.Print("Measuring strings; Ctrl-C prints the histogram.")
	<-ctx.Done()
	return report(m)
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	pid := flag.Int("p", 0, "only this `process`")
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
