// Vfsstat counts the most common calls of the virtual file system, through which all
// file systems are reached, by the second.
package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

const program = `
struct config {
	u32 on;		/* after all probes are attached */
	u32 pid;
};

BPF_ARRAY(settings, struct config, 1);
BPF_PERCPU_ARRAY(counts, u64, STATS);

static inline int count(int stat)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);
	u64 *n = counts.lookup(&stat);

	if (!c || !c->on || !n)
		return 0;
	if (!c->pid || c->pid == bpf_get_current_pid_tgid() >> 32)
		*n += 1;
	return 0;
}
`

// stat is a column, and the kernel's function that is counted in it.
type stat struct{ name, function string }

var stats = []stat{
	{"READ", "vfs_read"}, {"WRITE", "vfs_write"}, {"FSYNC", "vfs_fsync_range"}, {"OPEN", "vfs_open"},
	{"CREATE", "vfs_create"}, {"UNLINK", "vfs_unlink"}, {"MKDIR", "vfs_mkdir"}, {"RMDIR", "vfs_rmdir"},
}

// config is the program's struct config.
type config struct{ On, PID uint32 }

// options are the flags and the arguments.
type options struct {
	pid      uint
	interval time.Duration
	probes   toolkit.Ways
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	own := []cli.Flag{&cli.UintFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", Destination: &o.pid, DefaultText: "all"}}
	return &toolkit.Tool{
		Name:  "vfsstat",
		Usage: "count common calls of the virtual file system",
		Description: "Prints how many reads, writes, fsyncs, opens, creates, unlinks, mkdirs and rmdirs\n" +
			"there were in a second, every interval: 1 second, or as many as the first argument\n" +
			"says. The second one is how many times.",
		MaxArgs: 2, ArgsUsage: "[interval [count]]",
		Examples: []string{
			"vfsstat                        # every second",
			"vfsstat -p 185                 # of one process",
			"vfsstat 2 5                    # every 2 seconds, 5 times",
		},
		Flags: append(own, o.probes.Flags()...),
		Run:   o.run,
	}
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	if err := o.check(s); err != nil {
		return err
	}
	way, err := o.choose(s)
	if err != nil {
		return err
	}
	text := toolkit.MissedC + program + functions(way.Name == fentry)
	defines := map[string]string{"STATS": fmt.Sprint(len(stats))}
	if s.EBPF {
		return s.PrintC(text, defines)
	}
	m, err := bccgo.LoadContext(ctx, text, &bccgo.Options{Defines: defines})
	if err != nil {
		return err
	}
	defer m.Close()
	if err := attach(s, m, way); err != nil {
		return err
	}
	counts, err := bccgo.PerCPU[int32, uint64](m, "counts")
	if err != nil {
		return err
	}
	p := &printer{s: s, last: make([]uint64, len(stats))}
	if err := p.heading(); err != nil {
		return err
	}
	p.begin = time.Now()
	if err := toolkit.Configure(m, config{On: 1, PID: toolkit.KernelPID(int(o.pid))}); err != nil {
		return err
	}
	s.Notef("tracing")
	err = s.Every(ctx, o.interval, func(now time.Time, _ bool) error {
		sums, err := read(counts)
		if err != nil {
			return err
		}
		return p.report(now, sums)
	})
	if err != nil {
		return err
	}
	return s.Losses.Finish(m)
}

// check reads the arguments.
func (o *options) check(s *toolkit.Session) error {
	var err error
	if o.interval, err = s.Intervals(time.Second); err != nil {
		return err
	}
	return toolkit.CheckPID(o.pid)
}

// fentry is the way that costs least; it has no name for --probes.
const fentry = "fentry"

// choose chooses how functions are probed; those of the virtual file system have no
// tracepoints.
func (o *options) choose(s *toolkit.Session) (toolkit.Way, error) {
	kprobe := toolkit.Way{Name: "kprobe", Kind: "kprobe"}
	for _, stat := range stats {
		kprobe.Probes = append(kprobe.Probes, "kprobe:"+stat.function)
	}
	return o.probes.Choose(s, "the virtual file system",
		toolkit.Way{Name: fentry, Kind: fentry, Refused: bccgo.SupportKfunc()},
		kprobe)
}

// functions is the C function of each statistic.
func functions(byFentry bool) string {
	var b strings.Builder
	for i, stat := range stats {
		head := fmt.Sprintf("int count_%s(struct pt_regs *ctx)", stat.function)
		if byFentry {
			head = fmt.Sprintf("KFUNC_PROBE(%s)", stat.function)
		}
		fmt.Fprintf(&b, "\n%s\n{\n\treturn count(%d);\n}\n", head, i)
	}
	return b.String()
}

func attach(s *toolkit.Session, m *bccgo.Module, way toolkit.Way) error {
	for _, stat := range stats {
		if way.Name == fentry {
			break // Load has done it
		}
		if _, err := m.AttachKprobe(stat.function, "count_"+stat.function, nil); err != nil {
			return err
		}
	}
	for _, l := range m.Links() {
		s.Notef("attached to %s %s", l.Hook(), l.Target())
	}
	return nil
}

// read returns what was counted so far, in the order of stats.
func read(counts *bccgo.PerCPUMap[int32, uint64]) ([]uint64, error) {
	sums := make([]uint64, len(stats))
	for i := range sums {
		values, err := counts.Lookup(int32(i))
		if err != nil {
			return nil, fmt.Errorf("read the counts: %w", err)
		}
		sums[i] = bccgo.Sum(values)
	}
	return sums, nil
}
