// Cachestat counts how often what is read and written was in the page cache.
package main

import (
	"context"
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

enum {
	ACCESSED,	/* pages looked up for somebody */
	ADDED,		/* pages put into the cache, to be read into or written to */
	DIRTIED,	/* pages that are to be written to disks */
	BUFFERS,	/* the same of buffers, the parts of pages that file systems see */
	COUNTS,
};

BPF_ARRAY(settings, struct config, 1);
BPF_PERCPU_ARRAY(counts, u64, COUNTS);

static inline int wanted(void)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);

	if (!c || !c->on)
		return 0;
	return !c->pid || c->pid == bpf_get_current_pid_tgid() >> 32;
}

static inline int count(int what, u64 pages)
{
	u64 *n = counts.lookup(&what);

	if (n && wanted())
		*n += pages;
	return 0;
}

TRACEPOINT_PROBE(block, block_dirty_buffer)
{
	return count(BUFFERS, 1);
}
`

// marks is the program's rest, but for what is made dirty, where the function can be probed that marks pages as
// accessed. A page stands for what the kernel keeps together, a folio, which some file
// systems make of several pages since Linux 5.17.
const marks = `
TRACEPOINT_PROBE(filemap, mm_filemap_add_to_page_cache)
{
	return count(ADDED, 1);
}

#ifdef FENTRY_FOLIO
KFUNC_PROBE(folio_mark_accessed)
{
	return count(ACCESSED, 1);
}
#endif

#ifdef FENTRY_PAGE
KFUNC_PROBE(mark_page_accessed)
{
	return count(ACCESSED, 1);
}
#endif

int accessed(struct pt_regs *ctx)
{
	return count(ACCESSED, 1);
}
`

// reads is the program's rest where only tracepoints can be had: those of reads and
// page faults.
const reads = `
#include <linux/fs.h>
#include <linux/mm_types.h>
#include <linux/page-flags.h>

#ifndef NR_PAGES
#define NR_PAGES _nr_pages
#endif

/* A read that is under way, which looks up what it has not got yet again. */
struct reading {
	u64 mapping;
	u64 next, last;
};

BPF_TABLE("lru_hash", u64, struct reading, readings, 10240);

TRACEPOINT_PROBE(filemap, mm_filemap_add_to_page_cache)
{
	return count(ADDED, 1ULL << args->order);
}

TRACEPOINT_PROBE(filemap, mm_filemap_fault)
{
	return count(ACCESSED, 1);
}

/* Reads may ask for more than the file has. */
static inline u64 last_page(struct address_space *mapping, u64 last)
{
	struct inode *inode = NULL;
	loff_t size = 0;
	u64 end;

	bpf_probe_read_kernel(&inode, sizeof(inode), &mapping->host);
	bpf_probe_read_kernel(&size, sizeof(size), &inode->i_size);
	if (size <= 0)
		return last;
	end = (u64)(size - 1) >> PAGE_SHIFT;
	return end < last ? end : last;
}

RAW_TRACEPOINT_PROBE(mm_filemap_get_pages)
{
	u64 id = bpf_get_current_pid_tgid();
	struct address_space *mapping = (struct address_space *)ctx->args[0];
	struct reading now = {.mapping = ctx->args[0], .next = ctx->args[1], .last = ctx->args[2]};
	struct reading *before;
	u64 last;

	if (!wanted())
		return 0;
	before = readings.lookup(&id);
	if (before && before->mapping == now.mapping && before->last == now.last && before->next < now.next) {
		before->next = now.next;
		return 0;
	}
	readings.update(&id, &now);
	last = last_page(mapping, now.last);
	return last < now.next ? 0 : count(ACCESSED, last - now.next + 1);
}

static inline u64 folio_pages(struct folio *folio)
{
	unsigned long flags = 0;
	unsigned int pages = 0;

	bpf_probe_read_kernel(&flags, sizeof(flags), &folio->flags);
	if (!(flags & 1UL << PG_head))
		return 1;
	bpf_probe_read_kernel(&pages, sizeof(pages), &folio->NR_PAGES);
	return pages;
}

RAW_TRACEPOINT_PROBE(writeback_dirty_folio)
{
	return count(DIRTIED, folio_pages((struct folio *)ctx->args[0]));
}
`

// config is the program's struct config.
type config struct{ On, PID uint32 }

// options are the flags and the arguments.
type options struct {
	timestamp bool
	pid       uint
	interval  time.Duration
	probes    toolkit.Ways
}

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	own := []cli.Flag{
		&cli.BoolFlag{Name: "timestamp", Aliases: []string{"T"}, Usage: "print the time of day", Destination: &o.timestamp},
		&cli.UintFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only what process `PID` does", Destination: &o.pid, DefaultText: "all"},
	}
	return &toolkit.Tool{
		Name:  "cachestat",
		Usage: "count hits and misses of the page cache",
		Description: "Prints how many pages of files were found in memory and how many were not, every\n" +
			"interval: 1 second, or as many as the first argument says. The second one is how\n" +
			"many times.",
		MaxArgs: 2, ArgsUsage: "[interval [count]]",
		Examples: []string{
			"cachestat                      # every second",
			"cachestat -T 5 12              # every 5 seconds, 12 times, with the time of day",
			"cachestat -p 185               # of one process",
		},
		Flags: append(own, o.probes.Flags()...),
		Run:   o.run,
	}
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	if err := o.check(s); err != nil {
		return err
	}
	plan, err := o.choose(s)
	if err != nil {
		return err
	}
	if s.EBPF {
		return s.PrintC(plan.text, plan.defines)
	}
	m, err := bccgo.LoadContext(ctx, plan.text, &bccgo.Options{Defines: plan.defines})
	if err != nil {
		return err
	}
	defer m.Close()
	if plan.kprobe != "" {
		if _, err := m.AttachKprobe(plan.kprobe, "accessed", nil); err != nil {
			return err
		}
	}
	counts, err := bccgo.PerCPU[int32, uint64](m, "counts")
	if err != nil {
		return err
	}
	p := &printer{s: s, timestamp: o.timestamp, reads: plan.reads}
	if err := p.heading(); err != nil {
		return err
	}
	p.begin = time.Now()
	if err := toolkit.Configure(m, config{On: 1, PID: toolkit.KernelPID(int(o.pid))}); err != nil {
		return err
	}
	s.Notef("tracing")
	if err := s.Every(ctx, o.interval, func(now time.Time, _ bool) error { return p.measure(counts, now) }); err != nil {
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
