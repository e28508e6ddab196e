// Command task_iter lists the processes that run now, as ps does, without
// reading /proc: the kernel hands each task to a function.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/bccgo/bcc/bccgo"
)

// BPF_ITER names what is gone through. The function runs once for each task, and
// once more with none; what it writes into the file is what a reader gets.
const program = `
#include <linux/sched.h>

BPF_ITER(task)
{
	struct task_struct *task = ctx->task;
	char row[] = "%-7d %-7d %-7d %s\n";
	u64 args[4];

	if (!task)
		return 0;
	if (!THREADS && task->pid != task->tgid)
		return 0;
	args[0] = task->tgid;
	args[1] = task->pid;
	args[2] = task->real_parent->tgid;
	args[3] = (u64)task->comm;
	bpf_seq_printf(ctx->meta->seq, row, sizeof(row), args, sizeof(args));
	return 0;
}`

func run(ctx context.Context, threads bool, pid int) error {
	defines := map[string]string{"THREADS": "0"}
	if threads {
		defines["THREADS"] = "1"
	}
	m, err := bccgo.LoadContext(ctx, program, &bccgo.Options{Defines: defines})
	if err != nil {
		return err
	}
	defer m.Close()

	tasks, err := m.AttachIter("task", &bccgo.IterOptions{PID: pid})
	if err != nil {
		return err
	}
	fmt.Printf("%-7s %-7s %-7s %s\n", "PID", "TID", "PARENT", "TASK")
	for line, err := range tasks.Lines() {
		if err != nil {
			return err
		}
		fmt.Println(line)
	}
	return nil
}

func main() {
	threads := flag.Bool("t", false, "list each thread")
	pid := flag.Int("p", 0, "list the process with this `number` alone (Linux 6.1)")
	flag.Parse()
	log.SetFlags(0)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *threads, *pid); err != nil {
		log.Fatal(err)
	}
}
