// Command stack_buildid_example shows where a process spends its time. Stacks are
// kept as places in files, which can be named after the process has ended.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"slices"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

const program = `
#include <uapi/linux/ptrace.h>
#include <uapi/linux/bpf_perf_event.h>

BPF_HASH(counts, int, u64);
BPF_STACK_TRACE_BUILDID(stacks, 4096);

int sample(struct bpf_perf_event_data *ctx)
{
	int stack = stacks.get_stackid(&ctx->regs, BPF_F_USER_STACK);

	counts.atomic_increment(stack);
	return 0;
}`

// frequency is in samples a second. 49 is no multiple or divisor of what else
// happens at regular times.
const frequency = 49

// seen is a stack and how often it was seen.
type seen struct {
	stack int32
	count uint64
}

// mostSeen reads the counts, the largest first.
func mostSeen(m *bccgo.Module) ([]seen, error) {
	counts, err := bccgo.Map[int32, uint64](m, "counts")
	if err != nil {
		return nil, err
	}
	var list []seen
	for stack, count := range counts.All() {
		list = append(list, seen{stack, count})
	}
	slices.SortFunc(list, func(a, b seen) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.stack, b.stack))
	})
	return list, counts.Err()
}

// line shows a place: the function, or the file's build id and the offset.
func line(f bccgo.Frame) string {
	switch {
	case f.Name != "":
		return f.Symbol.String()
	case f.BuildID != "":
		return fmt.Sprintf("%s+%#x", f.BuildID, f.Addr)
	}
	return fmt.Sprintf("%#x", f.Addr)
}

func report(w io.Writer, m *bccgo.Module) error {
	list, err := mostSeen(m)
	if err != nil {
		return err
	}
	stacks, err := bccgo.StackTraces(m, "stacks")
	if err != nil {
		return err
	}
	for _, s := range list {
		fmt.Fprintf(w, "%d samples\n", s.count)
		if s.stack < 0 {
			fmt.Fprintf(w, "\t[no stack of user space: error %d]\n", -s.stack)
			continue
		}
		frames, err := stacks.BuildIDFrames(int64(s.stack))
		if err != nil {
			return err
		}
		for _, f := range frames {
			fmt.Fprintf(w, "\t%s\n", line(f))
		}
	}
	return nil
}

func run(ctx context.Context, pid int, files []string) error {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	for _, file := range files {
		if err := m.Symbols().AddModule(file); err != nil {
			return err
		}
	}
	o := &bccgo.PerfEventOptions{SampleFreq: frequency, PID: pid}
	link, err := m.AttachPerfEvent(bccgo.PerfTypeSoftware, bccgo.PerfSWCPUClock, "sample", o)
	if err != nil {
		return err
	}
	log.Printf("Sampling process %d; Ctrl-C prints the stacks.", pid)
	<-ctx.Done()
	if err := link.Close(); err != nil {
		return err
	}
	return report(os.Stdout, m)
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	pid := flag.Int("p", 0, "the `process` to sample (required)")
	flag.Parse()
	log.SetFlags(0)
	if *pid <= 0 {
		log.Fatal("stack_buildid_example: name a process and files: -p PID [FILE]...")
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, *pid, flag.Args()); err != nil {
		log.Fatal(err)
	}
}
