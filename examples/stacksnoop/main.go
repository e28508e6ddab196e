// Command stacksnoop prints the kernel's stack each time one of its functions is
// called.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strconv"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

const program = `
#include <linux/sched.h>

struct call {
	u64 ns;
	s32 stack;
	u32 pid;
	u32 cpu;
	char comm[TASK_COMM_LEN];
};
BPF_PERF_OUTPUT(calls);
BPF_STACK_TRACE(stacks, 4096);

int called(struct pt_regs *ctx)
{
	struct call c = {};

	c.pid = bpf_get_current_pid_tgid() >> 32;
#ifdef TARGET
	if (c.pid != TARGET)
		return 0;
#endif
	c.ns = bpf_ktime_get_ns();
	c.stack = stacks.get_stackid(ctx, 0);
	c.cpu = bpf_get_smp_processor_id();
	bpf_get_current_comm(&c.comm, sizeof(c.comm));
	calls.perf_submit(ctx, &c, sizeof(c));
	return 0;
}`

type call struct {
	NS    uint64
	Stack int32
	PID   uint32
	CPU   uint32
	Comm  bccgo.Comm
}

// options are the flags.
type options struct {
	function        string
	pid             int
	offset, verbose bool
}

// printer prints calls and their stacks.
type printer struct {
	options
	w      io.Writer
	stacks *bccgo.StackTable
	first  uint64
}

func (p *printer) heading() {
	if p.verbose {
		fmt.Fprintf(p.w, "%-12s %-16s %-7s %-3s %s\n", "SECONDS", "TASK", "PID", "CPU", "FUNCTION")
		return
	}
	fmt.Fprintf(p.w, "%-12s %s\n", "SECONDS", "FUNCTION")
}

func (p *printer) call(c call) error {
	if p.first == 0 {
		p.first = c.NS
	}
	seconds := time.Duration(int64(c.NS - p.first)).Seconds()
	if p.verbose {
		fmt.Fprintf(p.w, "%-12.6f %-16s %-7d %-3d %s\n", seconds, c.Comm, c.PID, c.CPU, p.function)
	} else {
		fmt.Fprintf(p.w, "%-12.6f %s\n", seconds, p.function)
	}
	frames, err := p.stacks.Frames(int64(c.Stack), bccgo.KernelPID)
	var none *bccgo.StackError
	if errors.As(err, &none) {
		_, err = fmt.Fprintf(p.w, "\t[no stack: %v]\n\n", none.Err)
		return err
	}
	if err != nil {
		return err
	}
	for _, name := range bccgo.FrameNames(frames, &bccgo.SymOptions{Offset: p.offset}) {
		fmt.Fprintf(p.w, "\t%s\n", name)
	}
	_, err = fmt.Fprintln(p.w)
	return err
}

func run(ctx context.Context, o options) error {
	settings := &bccgo.Options{}
	if o.pid > 0 {
		settings.Defines = map[string]string{"TARGET": strconv.Itoa(o.pid)}
	}
	m, err := bccgo.Load(program, settings)
	if err != nil {
		return err
	}
	defer m.Close()

	// Calls on two CPUs come in the order of the CPUs otherwise.
	calls := bccgo.Stream[call](m, "calls", &bccgo.StreamOptions{OrderBy: "ns"})
	if err := calls.Err(); err != nil {
		return err
	}
	stacks, err := bccgo.StackTraces(m, "stacks")
	if err != nil {
		return err
	}
	if _, err := m.AttachKprobe(o.function, "called", nil); err != nil {
		return err
	}
	log.Printf("Tracing %s; Ctrl-C ends it.", o.function)
	p := printer{options: o, w: os.Stdout, stacks: stacks}
	p.heading()
	for c, err := range calls.All(ctx) {
		if err != nil {
			return err
		}
		if err := p.call(c); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	var o options
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	flag.IntVar(&o.pid, "p", 0, "only this `process`")
	flag.BoolVar(&o.offset, "s", false, "show offsets in functions")
	flag.BoolVar(&o.offset, "offset", false, "the same as -s")
	flag.BoolVar(&o.verbose, "v", false, "show task, pid and CPU, too")
	flag.Parse()
	log.SetFlags(0)
	if flag.NArg() != 1 {
		log.Fatal("stacksnoop: name one function of the kernel: stacksnoop [-p PID] [-s] [-v] FUNCTION")
	}
	o.function = flag.Arg(0)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, o); err != nil {
		log.Fatal(err)
	}
}
