// Command urandomread_explicit prints who asks the kernel for random bytes. Its
// function declares the arguments of the tracepoint itself.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"os/signal"
	"strconv"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

// Each struct is what the tracepoint's format file says. The first eight bytes
// are the same in all, and not for programs to read.
const program = `
#include <linux/sched.h>

#ifdef URANDOM_READ
struct random_args {
	u64 common;
	int got_bits;
	int pool_left;
	int input_left;
};
#define BYTES(args) ((u32)(args)->got_bits / 8)
#else
struct random_args {
	u64 common;
	long call_number;
	char *buffer;
	size_t bytes;
	unsigned long flags;
};
#define BYTES(args) ((args)->bytes)
#endif

struct request {
	u64 bytes;
	u32 pid;
	char comm[TASK_COMM_LEN];
};
BPF_PERF_OUTPUT(requests);

int asked(struct random_args *args)
{
	struct request r = {};

	r.pid = bpf_get_current_pid_tgid() >> 32;
#ifdef TARGET
	if (r.pid != TARGET)
		return 0;
#endif
	r.bytes = BYTES(args);
	bpf_get_current_comm(&r.comm, sizeof(r.comm));
	requests.perf_submit(args, &r, sizeof(r));
	return 0;
}`

type request struct {
	Bytes uint64
	PID   uint32
	Comm  bccgo.Comm
}

// probe is a tracepoint and what the text needs defined for it.
type probe struct {
	tracepoint string
	defines    map[string]string
}

var (
	urandomRead = probe{"random:urandom_read", map[string]string{"URANDOM_READ": ""}}
	getrandom   = probe{"syscalls:sys_enter_getrandom", nil}
)

// choose returns the tracepoint of reads from the random device, or what comes
// nearest in kernels without it.
func choose() (probe, error) {
	exists, err := bccgo.TracepointExists("random", "urandom_read")
	if err != nil || exists {
		return urandomRead, err
	}
	log.Printf("This kernel has no tracepoint %s, which left Linux after 5.17.", urandomRead.tracepoint)
	log.Printf("Tracing %s instead: calls of getrandom, but no reads of /dev/urandom.", getrandom.tracepoint)
	return getrandom, nil
}

func run(ctx context.Context, pid int) error {
	at, err := choose()
	if err != nil {
		return err
	}
	defines := maps.Clone(at.defines)
	if pid > 0 {
		if defines == nil {
			defines = make(map[string]string)
		}
		defines["TARGET"] = strconv.Itoa(pid)
	}
	m, err := bccgo.Load(program, &bccgo.Options{Defines: defines})
	if err != nil {
		return err
	}
	defer m.Close()

	requests := bccgo.Stream[request](m, "requests", nil)
	if err := requests.Err(); err != nil {
		return err
	}
	if _, err := m.AttachTracepoint(at.tracepoint, "asked"); err != nil {
		return err
	}
	log.Print("Tracing random bytes; Ctrl-C ends it.")
	fmt.Printf("%-8s %-16s %-7s %s\n", "TIME", "TASK", "PID", "BYTES")
	for r, err := range requests.All(ctx) {
		if err != nil {
			return err
		}
		fmt.Printf("%-8s %-16s %-7d %d\n", time.Now().Format(time.TimeOnly), r.Comm, r.PID, r.Bytes)
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
