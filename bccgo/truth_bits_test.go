package bccgo

import (
	"testing"

	"golang.org/x/sys/unix"
)

// libbcc reads no bit-field through a pointer: the struct is copied first.
var bitsLook = look{`
#include <linux/sched.h>
#include <linux/sched/signal.h>
struct found_t {
	u32 reset_on_fork, in_execve, subreaper, policy, priority;
};
struct copy_t {
	char task[sizeof(struct task_struct)];
	char signal[sizeof(struct signal_struct)];
};
BPF_PERCPU_ARRAY(copies, struct copy_t, 1);
`, `
	struct copy_t *copy = copies.lookup(&zero);

	if (!copy)
		return 0;
	bpf_probe_read_kernel(copy->task, sizeof(copy->task), task);
	bpf_probe_read_kernel(copy->signal, sizeof(copy->signal), task->signal);
	f.reset_on_fork = ((struct task_struct *)copy->task)->sched_reset_on_fork;
	f.in_execve = ((struct task_struct *)copy->task)->in_execve;
	f.policy = ((struct task_struct *)copy->task)->policy;
	f.priority = ((struct task_struct *)copy->task)->rt_priority;
	f.subreaper = ((struct signal_struct *)copy->signal)->is_child_subreaper;
`}

type foundBits struct {
	ResetOnFork, InExecve, Subreaper, Policy, Priority uint32
}

// TestLiveTruthBits changes what a thread's and a process's bit-fields hold.
func TestLiveTruthBits(t *testing.T) {
	l := take[foundBits](t, bitsLook)
	onOwnThread(t, func() error {
		if got, want := l.now(), (foundBits{Policy: unix.SCHED_NORMAL}); got != want {
			t.Errorf("found %+v, want %+v", got, want)
		}
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
			return err
		}
		defer unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
		attr := &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_RR, Priority: 3, Flags: unix.SCHED_FLAG_RESET_ON_FORK}
		if err := unix.SchedSetAttr(0, attr, 0); err != nil {
			return err
		}
		if got, want := l.now(), (foundBits{ResetOnFork: 1, Subreaper: 1, Policy: unix.SCHED_RR, Priority: 3}); got != want {
			t.Errorf("found %+v, want %+v", got, want)
		}
		return nil
	})
}
