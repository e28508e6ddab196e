// Command hello_perf_output_using_ns reports new processes by the pids they
// have in the pid namespace that it runs in itself, such as that of a container.
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

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo"
)

// The tracepoint runs in the parent, once the child has its pid.
const program = `
#include <linux/sched.h>

struct hello {
	u32 pid;
	u32 host_pid;
	char comm[TASK_COMM_LEN];
};
BPF_PERF_OUTPUT(hellos);

TRACEPOINT_PROBE(sched, sched_process_fork)
{
	struct bpf_pidns_info ns = {};
	struct hello h = {};

	/* Fails for tasks of other namespaces, which are to be left out. */
	if (bpf_get_ns_current_pid_tgid(NS_DEV, NS_INO, &ns, sizeof(ns)))
		return 0;
	h.pid = ns.tgid;
	h.host_pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(&h.comm, sizeof(h.comm));
	hellos.perf_submit(args, &h, sizeof(h));
	return 0;
}`

// hello is struct hello.
type hello struct {
	PID, HostPID uint32
	Comm         bccgo.Comm
}

// namespace names the pid namespace of this process as the kernel does.
func namespace() (map[string]string, error) {
	const path = "/proc/self/ns/pid"
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return nil, fmt.Errorf("find the pid namespace: stat %s: %w", path, err)
	}
	// The kernel keeps 20 bits of minor number; stat splits them up.
	dev := uint64(unix.Major(st.Dev))<<20 | uint64(unix.Minor(st.Dev))
	return map[string]string{
		"NS_DEV": strconv.FormatUint(dev, 10),
		"NS_INO": strconv.FormatUint(st.Ino, 10),
	}, nil
}

func run(ctx context.Context) error {
	defines, err := namespace()
	if err != nil {
		return err
	}
	m, err := bccgo.Load(program, &bccgo.Options{Defines: defines})
	if err != nil {
		return err
	}
	defer m.Close()

	hellos := bccgo.Stream[hello](m, "hellos", nil)
	if err := hellos.Err(); err != nil {
		return err
	}
	log.Printf("Tracing forks in pid namespace %s; Ctrl-C ends it.", defines["NS_INO"])
	fmt.Printf("%-16s %-7s %s\n", "TASK", "PID", "OUTSIDE")
	for h, err := range hellos.All(ctx) {
		if err != nil {
			return err
		}
		fmt.Printf("%-16s %-7d %d\n", h.Comm, h.PID, h.HostPID)
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
