// Command trace_perf_output sends a record for every system call of a process,
// and counts whether all of them arrive.
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
struct record {
	u64 ns;
	u64 call;
};
BPF_PERF_OUTPUT(records);

/* How many were sent, and how many found no room; for each CPU. */
BPF_PERCPU_ARRAY(counts, u64, 2);

int called(struct bpf_raw_tracepoint_args *ctx)
{
	struct record r = {};

	if (bpf_get_current_pid_tgid() >> 32 != TARGET)
		return 0;
	r.ns = bpf_ktime_get_ns();
	r.call = ctx->args[1];
	if (records.perf_submit(ctx, &r, sizeof(r)) == 0)
		counts.increment(0);
	else
		counts.increment(1);
	return 0;
}`

type record struct {
	NS, Call uint64
}

// runsOut is more than a run of the function can take that had begun on another
// CPU when it was detached.
const runsOut = 10 * time.Millisecond

// receive counts records until ctx ends. The program is detached before the
// last ones are read, so that none can come after them.
func receive(ctx context.Context, records *bccgo.EventStream[record], link *bccgo.Link) (arrived uint64, err error) {
	detached, done := context.WithCancel(context.Background())
	defer done()
	var closing error
	stop := context.AfterFunc(ctx, func() {
		closing = link.Close()
		time.Sleep(runsOut)
		done()
	})
	defer stop()

	for _, err := range records.All(detached) {
		if err != nil {
			return arrived, err
		}
		arrived++
	}
	return arrived, closing
}

// sums adds the counters of all CPUs.
func sums(m *bccgo.Module) (sent, refused uint64, err error) {
	counts, err := bccgo.PerCPU[int32, uint64](m, "counts")
	if err != nil {
		return 0, 0, err
	}
	var sum [2]uint64
	for i, n := range bccgo.Reduce(counts, bccgo.Sum) {
		sum[i] = n
	}
	return sum[0], sum[1], counts.Err()
}

func run(ctx context.Context, pid, pages int) error {
	m, err := bccgo.Load(program, &bccgo.Options{Defines: map[string]string{"TARGET": strconv.Itoa(pid)}})
	if err != nil {
		return err
	}
	defer m.Close()

	records := bccgo.Stream[record](m, "records", &bccgo.StreamOptions{Pages: pages})
	if err := records.Err(); err != nil {
		return err
	}
	link, err := m.AttachRawTracepoint("sys_enter", "called")
	if err != nil {
		return err
	}
	log.Printf("Counting system calls of process %d; Ctrl-C ends it.", pid)
	arrived, err := receive(ctx, records, link)
	if err != nil {
		return err
	}
	sent, refused, err := sums(m)
	if err != nil {
		return err
	}
	fmt.Printf("%d sent, %d arrived; %d found no room, of which %d are known as lost\n",
		sent, arrived, refused, records.Lost().Total)
	if sent != arrived {
		return fmt.Errorf("%d records were sent and did not arrive", int64(sent-arrived))
	}
	return nil
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	pid := flag.Int("p", 0, "the `process` to count (required)")
	pages := flag.Int("m", 0, "`pages` of buffer per CPU, a power of two (default 1 MiB)")
	flag.Parse()
	log.SetFlags(0)
	if *pid <= 0 {
		log.Fatal("trace_perf_output: name a process: -p PID")
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, *pid, *pages); err != nil {
		log.Fatal(err)
	}
}
