// Command trace_open_perf prints time, process, task and name of each file that
// is opened, from structs sent through a perf buffer.
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

struct opened {
	u64 ns;
	u32 pid;
	char comm[TASK_COMM_LEN];
	char file[256];
};
BPF_PERF_OUTPUT(opens);

TRACEPOINT_PROBE(syscalls, sys_enter_openat)
{
	struct opened o = {};

	o.pid = bpf_get_current_pid_tgid() >> 32;
	if (TARGET_PID && o.pid != TARGET_PID)
		return 0;
	o.ns = bpf_ktime_get_ns();
	bpf_get_current_comm(&o.comm, sizeof(o.comm));
	bpf_probe_read_user_str(o.file, sizeof(o.file), args->filename);
	opens.perf_submit(args, &o, sizeof(o));
	return 0;
}`

type opened struct {
	NS   uint64
	PID  uint32
	Comm bccgo.Comm
	File [256]byte
}

func run(ctx context.Context, pid uint) error {
	m, err := bccgo.Load(program, &bccgo.Options{
		Defines: map[string]string{"TARGET_PID": strconv.FormatUint(uint64(pid), 10)},
	})
	if err != nil {
		return err
	}
	defer m.Close()

	opens := bccgo.Stream[opened](m, "opens", &bccgo.StreamOptions{
		OnLost: func(cpu int, lost uint64) { log.Printf("CPU %d lost %d events", cpu, lost) },
	})
	if err := opens.Err(); err != nil {
		return err
	}
	log.Print("Tracing openat; Ctrl-C ends it.")
	fmt.Printf("%-15s %-7s %-16s %s\n", "TIME", "PID", "COMM", "FILE")
	for o, err := range opens.All(ctx) {
		if err != nil {
			return err
		}
		at := bccgo.KtimeToTime(o.NS).Format("15:04:05.000000")
		fmt.Printf("%-15s %-7d %-16s %s\n", at, o.PID, o.Comm, bccgo.CString(o.File[:]))
	}
	return nil
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	pid := flag.Uint("p", 0, "show only what this `process` opens; 0 means every one")
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
