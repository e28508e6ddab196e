package bccgo

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

var taskLook = look{`
#include <linux/sched.h>
struct found_t {
	u64 start;
	u32 pid, tgid, leader, parent, grandparent, flags;
	int prio, static_prio, exit_signal, version;
	char comm[TASK_COMM_LEN];
	char leader_comm[TASK_COMM_LEN];
	char parent_comm[TASK_COMM_LEN];
};
`, `
	f.version = LINUX_VERSION_CODE;
	f.pid = task->pid;
	f.tgid = task->tgid;
	f.leader = task->group_leader->pid;
	f.parent = task->real_parent->tgid;
	f.grandparent = task->real_parent->real_parent->tgid;
	f.flags = task->flags;
	f.prio = task->prio;
	f.static_prio = task->static_prio;
	f.exit_signal = task->group_leader->exit_signal;
	f.start = task->start_boottime;
	bpf_probe_read_kernel_str(f.comm, sizeof(f.comm), task->comm);
	bpf_probe_read_kernel_str(f.leader_comm, sizeof(f.leader_comm), task->group_leader->comm);
	bpf_probe_read_kernel_str(f.parent_comm, sizeof(f.parent_comm), task->real_parent->comm);
`}

type foundTask struct {
	Start                                         uint64
	PID, TGID, Leader, Parent, Grandparent, Flags uint32
	Prio, StaticPrio, ExitSignal, Version         int32
	Comm, LeaderComm, ParentComm                  [16]byte
}

// TestLiveTruthTask follows a task to its leader and its parents.
func TestLiveTruthTask(t *testing.T) {
	l := take[foundTask](t, taskLook)
	onOwnThread(t, func() error {
		if err := os.WriteFile("/proc/thread-self/comm", []byte("truth-thread"), 0); err != nil {
			return err
		}
		if err := unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), 7); err != nil {
			return err
		}
		got, stat := l.now(), procStat(t)
		parent := unix.Getppid()
		want := got
		want.PID, want.TGID, want.Leader, want.Parent = uint32(unix.Gettid()), uint32(os.Getpid()), uint32(os.Getpid()), uint32(parent)
		want.Grandparent = uint32(parentOf(t, parent))
		want.Prio, want.StaticPrio, want.ExitSignal = int32(stat[18]+100), int32(stat[19]+120), int32(unix.SIGCHLD)
		want.Comm = [16]byte([]byte("truth-thread\x00\x00\x00\x00"))
		want.LeaderComm, want.ParentComm = commOf(t, os.Getpid()), commOf(t, parent)
		if got != want {
			t.Errorf("found %+v\nwant  %+v", got, want)
		}
		// The flags that say what the task is doing come and go.
		if lasting := uint32(stat[9]); got.Flags&lasting&0x40 != lasting&0x40 {
			t.Errorf("flags %#x, /proc says %#x", got.Flags, lasting)
		}
		const ticks = 1e9 / 100
		between(t, "the start", int64(got.Start/ticks), stat[22], stat[22], 0)
		return nil
	})
}

// TestLiveTruthVersion compares LINUX_VERSION_CODE with the kernel's version.
func TestLiveTruthVersion(t *testing.T) {
	got := take[foundTask](t, taskLook).now().Version
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		t.Fatal(err)
	}
	version := unix.ByteSliceToString(u.Release[:])
	// Debian's release is not the version, which follows its name.
	if _, debian, ok := strings.Cut(unix.ByteSliceToString(u.Version[:]), " Debian "); ok {
		version = debian
	}
	var a, b, c int32
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &a, &b, &c); err != nil {
		t.Fatalf("%q: %v", version, err)
	}
	if want := a<<16 + b<<8 + min(c, 255); got != want {
		t.Errorf("LINUX_VERSION_CODE is %#x, the version %s", got, version)
	}
}

func parentOf(t *testing.T, pid int) int {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Error(err)
	}
	var state string
	var parent int
	if _, err := fmt.Sscanf(string(data[strings.LastIndex(string(data), ")")+1:]), " %s %d", &state, &parent); err != nil {
		t.Errorf("%s: %v", data, err)
	}
	return parent
}

func commOf(t *testing.T, pid int) (comm [16]byte) {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		t.Error(err)
	}
	copy(comm[:], strings.TrimSuffix(string(data), "\n"))
	return comm
}
