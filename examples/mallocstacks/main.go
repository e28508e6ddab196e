// Command mallocstacks counts the bytes that a process asks malloc for, by the
// stack of calls that led there, and prints them when it ends.
package main

import (
	"cmp"
	"context"
	"errors"
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

struct sum {
	u64 bytes;
	u64 calls;
};
BPF_HASH(sums, int, struct sum);
BPF_STACK_TRACE(stacks, 4096);

int allocates(struct pt_regs *ctx)
{
	int stack = stacks.get_stackid(ctx, BPF_F_USER_STACK);
	struct sum none = {}, *s = sums.lookup_or_try_init(&stack, &none);

	if (!s)
		return 0;
	lock_xadd(&s->bytes, PT_REGS_PARM1(ctx));
	lock_xadd(&s->calls, 1);
	return 0;
}`

type sum struct {
	Bytes, Calls uint64
}

// total is what was asked for along one stack.
type total struct {
	stack int32
	sum
}

// totals reads the sums, the smallest first.
func totals(m *bccgo.Module) ([]total, error) {
	sums, err := bccgo.Map[int32, sum](m, "sums")
	if err != nil {
		return nil, err
	}
	var list []total
	for stack, s := range sums.All() {
		list = append(list, total{stack, s})
	}
	slices.SortFunc(list, func(a, b total) int {
		return cmp.Or(cmp.Compare(a.Bytes, b.Bytes), cmp.Compare(a.stack, b.stack))
	})
	return list, sums.Err()
}

// printStack prints the functions of a stack, the innermost first.
func printStack(w io.Writer, stacks *bccgo.StackTable, id int32, pid int) error {
	frames, err := stacks.Frames(int64(id), pid)
	var none *bccgo.StackError
	if errors.As(err, &none) {
		_, err = fmt.Fprintf(w, "\t[no stack: %v]\n", none.Err)
		return err
	}
	if err != nil {
		return err
	}
	for _, name := range bccgo.FrameNames(frames, &bccgo.SymOptions{Offset: true, Module: true}) {
		if _, err := fmt.Fprintf(w, "\t%s\n", name); err != nil {
			return err
		}
	}
	return nil
}

func report(w io.Writer, m *bccgo.Module, pid int) error {
	list, err := totals(m)
	if err != nil {
		return err
	}
	stacks, err := bccgo.StackTraces(m, "stacks")
	if err != nil {
		return err
	}
	for _, t := range list {
		fmt.Fprintf(w, "%d bytes in %d calls from\n", t.Bytes, t.Calls)
		if err := printStack(w, stacks, t.stack, pid); err != nil {
			return err
		}
	}
	return nil
}

func run(ctx context.Context, pid int) error {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	if _, err := m.AttachUprobe("c", "malloc", "allocates", &bccgo.UprobeOptions{PID: pid}); err != nil {
		return err
	}

	log.Printf("Tracing malloc in process %d; Ctrl-C prints the stacks.", pid)
	<-ctx.Done()
	return report(os.Stdout, m, pid)
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	pid := flag.Int("p", 0, "the `process` to trace (required)")
	flag.Parse()
	log.SetFlags(0)
	if *pid <= 0 {
		log.Fatal("mallocstacks: name a process: -p PID")
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, *pid); err != nil {
		log.Fatal(err)
	}
}
