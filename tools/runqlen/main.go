// Runqlen prints how many threads wait for a processor, as a histogram.
package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/hist"
	"github.com/bccgo/bcc/tools/internal/sched"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// The thread that runs leads to its processor's queue. Control groups have queues
// of their own, in each other; the outermost counts the threads in all of them.
const program = toolkit.MissedC + hist.C + `
#include <linux/sched.h>

struct config {
	u32 on;
};

BPF_ARRAY(settings, struct config, 1);

/* The beginning of struct cfs_rq, which kernel headers lack. */
struct queue {
	struct load_weight load;
#ifdef RUNNABLE_WEIGHT	/* Linux 4.15 to 5.6 */
	unsigned long runnable_weight;
#endif
	unsigned int queues;	/* entries: threads, and queues of groups */
	unsigned int threads;	/* in all of them */
	unsigned int runnable;	/* those without threads on their way to sleep: Linux 6.14 */
};

#define MAX_DEPTH 16

int sample(struct bpf_perf_event_data *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct sched_entity *entity = &task->se, *parent;
	struct queue *queue = NULL;
	int i, zero = 0;
	struct config *c = settings.lookup(&zero);
	unsigned int on_queue = 0, length = 0;
	u64 group = 0;

	if (!c || !c->on)
		return 0;
	bpf_probe_read_kernel(&on_queue, sizeof(task->se.on_rq), &task->se.on_rq);
#pragma unroll
	for (i = 0; i < MAX_DEPTH; i++) {
		parent = NULL;
		bpf_probe_read_kernel(&parent, sizeof(parent), &entity->parent);
		if (!parent)
			break;
		entity = parent;
	}
	bpf_probe_read_kernel(&queue, sizeof(queue), &entity->cfs_rq);
#ifdef RUNNABLE
	bpf_probe_read_kernel(&length, sizeof(length), &queue->runnable);
#else
	bpf_probe_read_kernel(&length, sizeof(length), &queue->threads);
#endif
	/* The thread that runs is on the queue, unless another class runs it. */
	if (on_queue & 0xff && length)
		length--;
#ifdef BY_CPU
	group = bpf_get_smp_processor_id();
#endif
	count_in(group, length > MAX_LENGTH ? MAX_LENGTH : length);
	return 0;
}
`

// config is the program's struct config.
type config struct{ On uint32 }

// options are the flags and arguments.
type options struct {
	occupancy, cpus bool
	report          hist.Report
}

// frequency is how often a second each processor's queue is looked at: not at a
// round number, so as not to keep step with what happens at such ones.
const frequency = 99

// maxLength is the longest queue that is told from longer ones.
const maxLength = 1000

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "runqlen",
		Usage: "show how many threads wait for a processor, as a histogram",
		Description: "Looks 99 times a second at the queues of all processors, and prints a histogram of\n" +
			"their lengths, at the end or every interval (in seconds), count times.",
		MaxArgs: 2, ArgsUsage: hist.ArgsUsage,
		Examples: []string{
			"runqlen -T 1 10   # every second, ten times, with the time",
			"runqlen -C        # a histogram for each processor, at the end",
			"runqlen -OC 1     # how often threads wait at each, every second",
		},
		Flags: append([]cli.Flag{
			&cli.BoolFlag{Name: "runqocc", Aliases: []string{"O"}, Usage: "print how often threads wait, in percent", Destination: &o.occupancy},
			&cli.BoolFlag{Name: "cpus", Aliases: []string{"C"}, Usage: "print each processor by itself", Destination: &o.cpus},
		}, o.report.Flags()...),
		Run: o.run,
	}
}

// maxCPUs is how many processors there is room for, at 32 different lengths each.
const maxCPUs = 1024

// define selects the program's parts. Where the kernel does not describe its types
// the compiler's headers decide.
func (o *options) define(s *toolkit.Session) (map[string]string, error) {
	if err := sched.NeedHeaders(s, "the length of a processor's queue"); err != nil {
		return nil, err
	}
	defines := map[string]string{"MAX_LENGTH": strconv.Itoa(maxLength)}
	if o.cpus {
		defines["BY_CPU"], defines["GROUPS"] = "", strconv.Itoa(maxCPUs)
	}
	for _, field := range []struct{ structName, name, define string }{
		{"cfs_rq", "runnable_weight", "RUNNABLE_WEIGHT"},
		{"cfs_rq", "h_nr_runnable", "RUNNABLE"},
	} {
		switch there, err := bccgo.KernelStructHasField(field.structName, field.name); {
		case err != nil:
			return nil, fmt.Errorf("queues are found by the kernel's types, which it does not tell (CONFIG_DEBUG_INFO_BTF): %w", err)
		case there:
			defines[field.define] = ""
		}
	}
	if there, err := bccgo.KernelStructHasField("sched_entity", "parent"); err != nil || !there {
		return nil, errors.Join(errors.New("a thread does not lead to its queue in this kernel: it lacks CONFIG_FAIR_GROUP_SCHED"), err)
	}
	return defines, nil
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	s.Losses.What = "samples"
	if err := o.report.Prepare("Threads that wait for a processor", s.Args); err != nil {
		return err
	}
	defer o.report.Close()
	defines, err := o.define(s)
	if err != nil {
		return err
	}
	if s.EBPF {
		return s.PrintC(program, defines)
	}
	m, err := bccgo.LoadContext(ctx, program, &bccgo.Options{Defines: defines})
	if err != nil {
		return err
	}
	defer m.Close()
	counter, err := hist.NewCounter(m)
	if err != nil {
		return err
	}
	sampling := &bccgo.PerfEventOptions{SampleFreq: frequency}
	if _, err := m.AttachPerfEvent(bccgo.PerfTypeSoftware, bccgo.PerfSWCPUClock, "sample", sampling); err != nil {
		return err
	}
	if err := toolkit.Configure(m, config{On: 1}); err != nil {
		return err
	}
	if !s.JSON {
		s.Warnf("sampling queues of processors until Ctrl-C")
	}
	s.Notef("tracing")
	p := &printer{options: o, next: counter.Next}
	if o.occupancy {
		o.report.Print = p.occupancy
	}
	if err := o.report.Run(ctx, s, p.histograms); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}
