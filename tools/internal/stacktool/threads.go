package stacktool

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// ThreadsC has wanted(task, id), which tells whether a thread is one that Threads
// follows, and thread_id(id), which finds out the current thread's number, with its
// process's in the upper half, and returns 0 if it has none: in a PID namespace of
// the tool's own, others have no numbers.
const ThreadsC = `
#include <linux/sched.h>

#define KERNEL_THREAD 0x00200000	/* PF_KTHREAD */

#if defined(ONLY_PROCESSES) || defined(ONLY_THREADS)
BPF_HASH(wanted_ids, u32, u32, 1024);
#endif

#ifdef PID_NAMESPACE
struct namespace_id {
	u64 dev, ino;
};

BPF_ARRAY(pid_namespace, struct namespace_id, 1);
#endif

static inline int thread_id(u64 *id)
{
#ifdef PID_NAMESPACE
	int zero = 0;
	struct bpf_pidns_info ids = {};
	struct namespace_id *ns = pid_namespace.lookup(&zero);

	if (!ns || bpf_get_ns_current_pid_tgid(ns->dev, ns->ino, &ids, sizeof(ids)))
		return 0;
	*id = (u64)ids.tgid << 32 | ids.pid;
#else
	*id = bpf_get_current_pid_tgid();
#endif
	return 1;
}

static inline int wanted(struct task_struct *task, u64 id)
{
#ifdef ONLY_PROCESSES
	u32 number = id >> 32;
#elif defined(ONLY_THREADS)
	u32 number = id;
#endif
#if defined(ONLY_USER) || defined(ONLY_KERNEL)
	unsigned int flags = 0;

	bpf_probe_read_kernel(&flags, sizeof(flags), &task->flags);
#endif
#if defined(ONLY_PROCESSES) || defined(ONLY_THREADS)
	if (!wanted_ids.lookup(&number))
		return 0;
#endif
#ifdef ONLY_USER
	if (flags & KERNEL_THREAD)
		return 0;
#endif
#ifdef ONLY_KERNEL
	if (!(flags & KERNEL_THREAD))
		return 0;
#endif
	return 1;
}
`

// maxIDs is how many threads the program's wanted_ids has room for.
const maxIDs = 1024

// Threads are the flags that say which threads to follow.
type Threads struct {
	pids, tids   string
	user, kernel bool
	ids          []uint32
	// nested tells that the tool is in a PID namespace of its own.
	nested bool
}

// PIDFlag is --pid.
func (t *Threads) PIDFlag() cli.Flag {
	return &cli.StringFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only the processes `PID[,PID…]`", Destination: &t.pids, DefaultText: "all"}
}

// TIDFlag is --tid with a short name.
func (t *Threads) TIDFlag(short string) cli.Flag {
	return &cli.StringFlag{Name: "tid", Aliases: []string{short}, Usage: "only the threads `TID[,TID…]`", Destination: &t.tids, DefaultText: "all"}
}

// UserFlag is -u with a long name.
func (t *Threads) UserFlag(long string) cli.Flag {
	return &cli.BoolFlag{Name: long, Aliases: []string{"u"}, Usage: "no threads of the kernel's own", Destination: &t.user}
}

// KernelFlag is --kernel-threads-only.
func (t *Threads) KernelFlag() cli.Flag {
	return &cli.BoolFlag{Name: "kernel-threads-only", Aliases: []string{"k"}, Usage: "only threads of the kernel's own", Destination: &t.kernel}
}

// Check reads the flags.
func (t *Threads) Check() error {
	given := 0
	for _, on := range []bool{t.pids != "", t.tids != "", t.user, t.kernel} {
		if on {
			given++
		}
	}
	if given > 1 {
		return errors.New("more than one flag says which threads to follow: give one of them")
	}
	var err error
	if t.pids != "" {
		t.ids, err = parseIDs("--pid", t.pids, "process")
	} else if t.tids != "" {
		t.ids, err = parseIDs("--tid", t.tids, "thread")
	}
	t.nested = toolkit.KernelPID(os.Getpid()) == 0
	return err
}

// parseIDs reads a list of numbers, each of which must be that of a process or
// thread.
func parseIDs(flag, list, kind string) ([]uint32, error) {
	var ids []uint32
	for text := range strings.SplitSeq(list, ",") {
		id, err := strconv.ParseUint(text, 10, 31)
		if err != nil || id == 0 {
			return nil, fmt.Errorf("%s %s: %q is no number of a %s", flag, list, text, kind)
		}
		leader, err := leader(id)
		if err != nil {
			return nil, fmt.Errorf("%s %d: there is no such %s", flag, id, kind)
		}
		if kind == "process" && leader != id {
			return nil, fmt.Errorf("%s %d: this is a thread of process %d: use --tid for it", flag, id, leader)
		}
		ids = append(ids, uint32(id))
	}
	if len(ids) > maxIDs {
		return nil, fmt.Errorf("%s: %d numbers; there can be %d at most", flag, len(ids), maxIDs)
	}
	return ids, nil
}

// leader returns the process that a thread belongs to.
func leader(id uint64) (uint64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", id))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if text, ok := strings.CutPrefix(line, "Tgid:"); ok {
			return strconv.ParseUint(strings.TrimSpace(text), 10, 32)
		}
	}
	return 0, fmt.Errorf("/proc/%d/status has no line Tgid", id)
}

// NeedsHeaders tells that threads are told apart by what the kernel knows of them,
// which takes the running kernel's own headers.
func (t *Threads) NeedsHeaders() bool { return t.user || t.kernel }

// KernelOnly tells that only threads of the kernel's own are followed.
func (t *Threads) KernelOnly() bool { return t.kernel }

// Nested tells that the tool knows threads by the numbers of a PID namespace of its
// own.
func (t *Threads) Nested() bool { return t.nested }

// Define adds what ThreadsC needs.
func (t *Threads) Define(defines map[string]string) {
	for name, on := range map[string]bool{"ONLY_PROCESSES": t.pids != "", "ONLY_THREADS": t.tids != "", "ONLY_USER": t.user,
		"ONLY_KERNEL": t.kernel, "PID_NAMESPACE": t.nested} {
		if on {
			defines[name] = ""
		}
	}
}

// Fill hands the program the numbers, before it is told to begin.
func (t *Threads) Fill(m *bccgo.Module) error {
	if t.nested {
		if err := fillNamespace(m); err != nil {
			return err
		}
	}
	if len(t.ids) == 0 {
		return nil
	}
	wanted, err := bccgo.Map[uint32, uint32](m, "wanted_ids")
	if err != nil {
		return err
	}
	for _, id := range t.ids {
		if err := wanted.Update(id, 1); err != nil {
			return fmt.Errorf("hand over the threads to follow: %w", err)
		}
	}
	return nil
}

// namespaceID is the program's struct namespace_id.
type namespaceID struct{ Dev, Ino uint64 }

func fillNamespace(m *bccgo.Module) error {
	info, err := os.Stat("/proc/self/ns/pid")
	if err != nil {
		return fmt.Errorf("find the tool's PID namespace: %w", err)
	}
	stat := info.Sys().(*syscall.Stat_t)
	ns, err := bccgo.Map[int32, namespaceID](m, "pid_namespace")
	if err != nil {
		return err
	}
	if err := ns.Update(0, namespaceID{stat.Dev, stat.Ino}); err != nil {
		return fmt.Errorf("hand over the tool's PID namespace: %w", err)
	}
	return nil
}

// String says in a few words which threads are followed.
func (t *Threads) String() string {
	switch {
	case t.pids != "":
		return "PID " + t.pids
	case t.tids != "":
		return "TID " + t.tids
	case t.user:
		return "user threads"
	case t.kernel:
		return "kernel threads"
	}
	return "all threads"
}
