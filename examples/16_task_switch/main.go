// Command 16_task_switch counts how often the kernel switches from one thread to
// another, for each pair of threads.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

const program = `
#include <uapi/linux/ptrace.h>
#include <linux/sched.h>

struct pair {
	u32 prev;
	u32 next;
};
BPF_HASH(switches, struct pair);

static inline int count_switch(u32 prev, u32 next)
{
	struct pair p = {.prev = prev, .next = next};

	if (!TARGET_TID || prev == TARGET_TID || next == TARGET_TID)
		switches.atomic_increment(p);
	return 0;
}

#ifdef BY_TRACEPOINT
TRACEPOINT_PROBE(sched, sched_switch)
{
	return count_switch(args->prev_pid, args->next_pid);
}
#else
/* The first thing that a thread does when it gets the CPU from prev. */
int switched(struct pt_regs *ctx, struct task_struct *prev)
{
	return count_switch(prev->pid, bpf_get_current_pid_tgid());
}
#endif`

// probes are where a switch can be seen, the second one in kernels without
// kprobes. Where the compiler has renamed the function, as to
// finish_task_switch.isra.0, the first text stands for that name.
var probes = []string{
	"kprobe:finish_task_switch",
	"tracepoint:sched:sched_switch",
}

// pair is struct pair: thread ids.
type pair struct {
	Prev, Next uint32
}

func load(probe string, tid uint) (*bccgo.Module, error) {
	defines := map[string]string{"TARGET_TID": strconv.FormatUint(uint64(tid), 10)}
	byTracepoint := strings.HasPrefix(probe, "tracepoint:")
	if byTracepoint {
		defines["BY_TRACEPOINT"] = ""
	}
	m, err := bccgo.Load(program, &bccgo.Options{Defines: defines})
	if err != nil || byTracepoint {
		return m, err
	}
	if _, err := m.Attach(probe, "switched"); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

func run(ctx context.Context, tid uint) error {
	probe, err := bccgo.FirstProbe(probes...)
	if err != nil {
		return err
	}
	m, err := load(probe, tid)
	if err != nil {
		return err
	}
	defer m.Close()
	switches, err := bccgo.Map[pair, uint64](m, "switches")
	if err != nil {
		return err
	}

	log.Printf("Counting switches by %s; Ctrl-C prints them.", probe)
	<-ctx.Done()
	return printSwitches(switches)
}

type row struct {
	pair
	count uint64
}

// printSwitches prints the most frequent pairs last, next to the prompt.
func printSwitches(switches *bccgo.TypedMap[pair, uint64]) error {
	var rows []row
	for p, n := range switches.All() {
		rows = append(rows, row{p, n})
	}
	if err := switches.Err(); err != nil {
		return err
	}
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.count, b.count), cmp.Compare(a.Prev, b.Prev), cmp.Compare(a.Next, b.Next))
	})
	fmt.Printf("%10s %10s %10s\n", "FROM", "TO", "COUNT")
	for _, r := range rows {
		fmt.Printf("%10d %10d %10d\n", r.Prev, r.Next, r.count)
	}
	return nil
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	tid := flag.Uint("p", 0, "count only switches from or to this `thread`")
	flag.Parse()
	log.SetFlags(0)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, *tid); err != nil {
		log.Fatal(err)
	}
}
