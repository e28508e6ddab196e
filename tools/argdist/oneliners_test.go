package main

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/probespec"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// oneliners are what BCC's documentation has argdist do, with CALLEE for a program
// that has static probes. Those of kernels before 6.2 name what is gone since.
var oneliners = []struct {
	does string
	args []string
}{
	{"sizes asked of the kernel's allocator", []string{"-H", "p::__kmalloc(u64 size):u64:size"}},
	{"one process's allocations of 16 bytes", []string{"-C", "p:c:malloc(size_t size):size_t:size:size==16"}},
	{"texts that gets returned", []string{"-C", "r:c:gets():char*:(char*)$retval#snooped strings"}},
	{"the same, without a cast", []string{"-C", "r:c:gets():char*:$retval"}},
	{"time for each byte of an allocation", []string{"-H", "r::__kmalloc(size_t size):u64:$latency/$entry(size)#ns per byte"}},
	{"sizes of atomic allocations", []string{"-C", "p::__kmalloc(size_t sz, gfp_t flags):size_t:sz:flags&GFP_ATOMIC"}},
	{"the files written to most", []string{"-C", "p:c:write(int fd):int:fd", "-T", "5"}},
	{"results of read", []string{"-H", "r:c:read()"}},
	{"processes that read slowly", []string{"-C", "r::__vfs_read():u32:$PID:$latency > 100000"}},
	{"sizes of slow reads, on two lines", []string{"-H", "r::__vfs_read(void *file, void *buf, size_t count):size_t:\n            $entry(count):$latency > 1000000"}},
	{"sizes of writes to the standard output", []string{"-H", "p:c:write(int fd, const void *buf, size_t count):size_t:count:fd==1"}},
	{"calls of fork", []string{"-C", "p:c:fork()#fork calls"}},
	{"calls of fork by process, with another mark before the label", []string{"-C", "p:c:fork():int:$PID;fork per process"}},
	{"sectors of requests to disks", []string{"-H", "t:block:block_rq_complete():u32:args->nr_sector"}},
	{"the same, the field by its name alone", []string{"-H", "t:block:block_rq_complete():u32:nr_sector"}},
	{"interrupts by number", []string{"-C", "t:irq:irq_handler_entry():int:args->irq"}},
	{"the same, the field by its name alone", []string{"-C", "t:irq:irq_handler_entry():int:irq"}},
	{"values of a static probe's second argument", []string{"-C", "u:CALLEE:greeted():u64:arg2"}},
	{"parameters of two functions", []string{"-H", "p:c:sleep(u32 seconds):u32:seconds", "-H", "p:c:nanosleep(struct timespec *req):long:req->tv_nsec"}},
	{"texts written to the standard output", []string{"-z", "120", "-C", "p:c:write(int fd, char* buf, size_t len):char*:buf:fd==1"}},
	{"time that a queue may still run", []string{"-I", "kernel/sched/sched.h", "-C", "p::__account_cfs_rq_runtime(struct cfs_rq *cfs_rq):s64:cfs_rq->runtime_remaining"}},
	{"files by name and size of reads", []string{"-C", "p::__vfs_read(struct file *file, void *buf, size_t count):char*,size_t:file->f_path.dentry->d_iname,count:file->f_path.dentry->d_iname[0]!=0"}},
}

// readFlags reads arguments as the tool does.
func readFlags(t *testing.T, args []string) *options {
	t.Helper()
	o := &options{}
	app := &cli.App{Name: "argdist", Flags: o.flags(), Writer: io.Discard, Action: func(*cli.Context) error { return nil }}
	if err := app.Run(append([]string{"argdist"}, args...)); err != nil {
		t.Fatal(err)
	}
	return o
}

// TestLiveOneliners has each one-liner read, all its names found but those of
// functions, which other kernels and libraries have, and the program accepted by
// the kernel.
func TestLiveOneliners(t *testing.T) {
	testenv.Live(t)
	needs(t)
	testenv.NotEmulated(t)
	testenv.NeedTracepoint(t, "block:block_rq_complete")
	testenv.NeedTracepoint(t, "irq:irq_handler_entry")
	testenv.NeedTracepoint(t, "sched:sched_switch")
	callee := tooltest.BuildCallee(t)
	all := readFlags(t, []string{"-z", "120"})
	for _, one := range oneliners {
		var args []string
		for _, a := range one.args {
			args = append(args, strings.ReplaceAll(a, "CALLEE", callee))
		}
		o := readFlags(t, args)
		all.counts = append(all.counts, o.counts...)
		all.histograms = append(all.histograms, o.histograms...)
		all.headers = append(all.headers, o.headers...)
	}
	all.counts = append(all.counts,
		"t:irq:irq_handler_entry():char*,int:name,irq",                                       // elsewhere in the record
		`t:sched:sched_switch():char*,pid_t:args->prev_comm,prev_pid:STRCMP("x", prev_comm)`, // in it
	)
	for _, one := range kernelTruths {
		all.counts = append(all.counts, one.spec)
	}
	probes, err := all.probes()
	if err != nil {
		t.Fatal(err)
	}
	var set probespec.Set
	w, err := all.write(probes, func(s *probespec.Spec) (*probespec.Places, error) {
		if s.Kind == probespec.Entry || s.Kind == probespec.Return {
			return set.Assume(s), nil
		}
		return set.Find(s, 0)
	})
	if err != nil {
		t.Fatal(err)
	}
	m, err := bccgo.Load(w.String(), all.load(&set))
	if err != nil {
		t.Fatal(errors.Join(w.explain(err), err))
	}
	defer m.Close()
}
