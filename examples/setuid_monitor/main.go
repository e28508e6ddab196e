// Command setuid_monitor reports each call of setuid: who asked to become whom.
package main

import (
	"context"
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

struct change {
	u32 pid;
	u32 from;
	u32 to;
	char comm[TASK_COMM_LEN];
};
BPF_PERF_OUTPUT(changes);

TRACEPOINT_PROBE(syscalls, sys_enter_setuid)
{
	struct change c = {};

	c.pid = bpf_get_current_pid_tgid() >> 32;
#ifdef TARGET
	if (c.pid != TARGET)
		return 0;
#endif
	c.from = bpf_get_current_uid_gid();
	c.to = args->uid;
	bpf_get_current_comm(&c.comm, sizeof(c.comm));
	changes.perf_submit(args, &c, sizeof(c));
	return 0;
}`

type change struct {
	PID, From, To uint32
	Comm          bccgo.Comm
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

	changes := bccgo.Stream[change](m, "changes", nil)
	if err := changes.Err(); err != nil {
		return err
	}
	log.Print("Watching setuid; Ctrl-C ends it.")
	fmt.Printf("%-8s %-7s %-16s %6s %6s\n", "TIME", "PID", "TASK", "UID", "TO")
	for c, err := range changes.All(ctx) {
		if err != nil {
			return err
		}
		fmt.Printf("%-8s %-7d %-16s %6d %6d\n", time.Now().Format(time.TimeOnly), c.PID, c.Comm, c.From, c.To)
	}
	return nil
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
