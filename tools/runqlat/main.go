// Runqlat prints how long threads wait for a processor, as histograms.
package main

import (
	"context"
	"errors"
	"strconv"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/tools/internal/hist"
	"github.com/bccgo/bcc/tools/internal/sched"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

const program = toolkit.MissedC + sched.ThreadC + hist.C + `
#ifdef BY_PIDNS
#include <linux/pid.h>
#include <linux/pid_namespace.h>

/* The namespace in which the thread has the innermost of its numbers. */
static inline u64 pid_namespace(struct task_struct *task)
{
	struct pid_namespace *ns = NULL;
	struct pid *pid = NULL;
	unsigned int level = 0, inum = 0;

#if LINUX_VERSION_CODE < KERNEL_VERSION(4, 19, 0)
	bpf_probe_read_kernel(&pid, sizeof(pid), &task->pids[PIDTYPE_PID].pid);
#else
	bpf_probe_read_kernel(&pid, sizeof(pid), &task->thread_pid);
#endif
	bpf_probe_read_kernel(&level, sizeof(level), &pid->level);
	bpf_probe_read_kernel(&ns, sizeof(ns), &pid->numbers[level].ns);
	bpf_probe_read_kernel(&inum, sizeof(inum), &ns->ns.inum);
	return inum;
}
#endif

static inline u64 group_of(struct thread *t)
{
#if defined(BY_PID)
	return t->pid;
#elif defined(BY_TID)
	return t->tid;
#elif defined(BY_PIDNS)
	return pid_namespace(t->task);
#endif
	return 0;
}

static inline void waited(void *ctx, struct config *c, struct thread *next,
			  struct thread *prev, u64 ns)
{
	count_log2(group_of(next), ns / UNIT);
}
` + sched.WaitC + sched.SwitchC

// options are the flags and arguments.
type options struct {
	pids, pidnss, tids bool
	target             sched.Target
	unit               sched.Unit
	report             hist.Report
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "runqlat",
		Usage: "show how long threads wait for a processor, as a histogram",
		Description: "Prints a histogram of the time from when threads could run until they did, at the\n" +
			"end or every interval (in seconds), count times.",
		MaxArgs: 2, ArgsUsage: hist.ArgsUsage,
		Examples: []string{
			"runqlat -P               # a histogram for each process, at the end",
			"runqlat -mT 1 10         # in milliseconds, every second, ten times",
			"runqlat --svg q.svg 1    # and a picture of them all over time",
		},
		Flags: append([]cli.Flag{
			o.unit.Flag(),
			&cli.BoolFlag{Name: "pids", Aliases: []string{"P"}, Usage: "print a histogram for each process", Destination: &o.pids},
			&cli.BoolFlag{Name: "pidnss", Usage: "print a histogram for each PID namespace", Destination: &o.pidnss},
			&cli.BoolFlag{Name: "tids", Aliases: []string{"L"}, Usage: "print a histogram for each thread", Destination: &o.tids},
			o.target.PIDFlag(),
		}, o.report.Flags()...),
		Run: o.run,
	}
}

// groups are the ways to group: by the define that selects one, the word before each
// histogram's key.
var groups = map[string]string{"BY_PID": "pid", "BY_TID": "tid", "BY_PIDNS": "pidns"}

// maxGroups is how many histograms there is room for, where there are several.
const maxGroups = 2048

// define checks the flags and selects the program's parts.
func (o *options) define(s *toolkit.Session) (defines map[string]string, header string, own bool, err error) {
	defines = map[string]string{"UNIT": o.unit.Define()}
	n := 0
	for define, on := range map[string]bool{"BY_PID": o.pids, "BY_TID": o.tids, "BY_PIDNS": o.pidnss} {
		if on {
			n++
			header = groups[define]
			defines[define], defines["GROUPS"] = "", strconv.Itoa(maxGroups)
		}
	}
	if n > 1 {
		return nil, "", false, errors.New("--pids, --tids and --pidnss: give one of them")
	}
	if err := o.target.Check(); err != nil {
		return nil, "", false, err
	}
	if o.pidnss {
		if err := sched.NeedHeaders(s, "the PID namespace of a thread"); err != nil {
			return nil, "", false, err
		}
	}
	own, err = sched.Define(s, sched.Waits, defines)
	return defines, header, own, err
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	s.Losses.What = "waits"
	if err := o.report.Prepare("Waiting for a processor", s.Args); err != nil {
		return err
	}
	defer o.report.Close()
	defines, header, own, err := o.define(s)
	if err != nil {
		return err
	}
	if s.EBPF {
		return s.PrintC(program, defines)
	}
	m, err := sched.Load(ctx, s, program, defines)
	if err != nil {
		return err
	}
	defer m.Close()
	counter, err := hist.NewCounter(m)
	if err != nil {
		return err
	}
	if err := sched.Begin(m, own, sched.Config{On: 1, PID: uint32(o.target.PID)}); err != nil {
		return err
	}
	if !s.JSON {
		s.Warnf("timing waits for a processor until Ctrl-C")
	}
	s.Notef("tracing")
	next := func() (*hist.Histograms, error) {
		groups, err := counter.Next()
		return histograms(o.unit.Label(), header, groups), err
	}
	if err := o.report.Run(ctx, s, next); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}

// histograms puts counts of groups in order.
func histograms(label, header string, groups map[uint64][]uint64) *hist.Histograms {
	return &hist.Histograms{Label: label, Header: header, Sections: sched.Sections(groups, func(id uint64) string {
		if id == 0 && header == "pid" {
			return "unknown"
		}
		return strconv.FormatUint(id, 10)
	})}
}
