package bccgo

import (
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

var signalLook = look{`
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/resource.h>
struct found_t {
	u64 files_soft, files_hard, core_soft, core_hard, stack_soft, queue_soft;
	s32 threads, score, live;
	u32 blocked;
};
`, `
	struct signal_struct *signal = task->signal;
	struct rlimit rlim[RLIM_NLIMITS];

	bpf_probe_read_kernel(&rlim, sizeof(rlim), signal->rlim);
	f.files_soft = rlim[RLIMIT_NOFILE].rlim_cur;
	f.files_hard = rlim[RLIMIT_NOFILE].rlim_max;
	f.core_soft = rlim[RLIMIT_CORE].rlim_cur;
	f.core_hard = rlim[RLIMIT_CORE].rlim_max;
	f.stack_soft = rlim[RLIMIT_STACK].rlim_cur;
	f.queue_soft = rlim[RLIMIT_MSGQUEUE].rlim_cur;
	f.threads = signal->nr_threads;
	f.live = signal->live.counter;
	f.score = signal->oom_score_adj;
	f.blocked = task->blocked.sig[0];
`}

type foundSignal struct {
	FilesSoft, FilesHard, CoreSoft, CoreHard, StackSoft, QueueSoft uint64
	Threads, Score, Live                                           int32
	Blocked                                                        uint32
}

// TestLiveTruthSignals compares what threads share: limits, and their number.
func TestLiveTruthSignals(t *testing.T) {
	l := take[foundSignal](t, signalLook)
	onOwnThread(t, func() error {
		mask := unix.Sigset_t{Val: [16]uint64{1<<(unix.SIGUSR2-1) | 1<<(unix.SIGTTOU-1)}}
		if err := unix.PthreadSigmask(unix.SIG_SETMASK, &mask, nil); err != nil {
			return err
		}
		limit := func(what int) unix.Rlimit {
			var r unix.Rlimit
			if err := unix.Prlimit(0, what, nil, &r); err != nil {
				t.Error(err)
			}
			return r
		}
		before := threads(t)
		got := l.now()
		files, core := limit(unix.RLIMIT_NOFILE), limit(unix.RLIMIT_CORE)
		want := foundSignal{
			FilesSoft: files.Cur, FilesHard: files.Max, CoreSoft: core.Cur, CoreHard: core.Max,
			StackSoft: limit(unix.RLIMIT_STACK).Cur, QueueSoft: limit(unix.RLIMIT_MSGQUEUE).Cur,
			Threads: got.Threads, Live: got.Threads, Score: int32(parsed(t, procSelf(t, "oom_score_adj"))), Blocked: uint32(mask.Val[0]),
		}
		if got != want {
			t.Errorf("found %+v\nwant  %+v", got, want)
		}
		between(t, "the number of threads", int64(got.Threads), before, threads(t), 0)
		return nil
	})
}

// threads counts this process's.
func threads(t *testing.T) int64 {
	t.Helper()
	list, err := os.ReadDir("/proc/self/task")
	if err != nil || len(list) < min(2, runtime.NumCPU()) {
		t.Errorf("%d threads, %v", len(list), err)
	}
	return int64(len(list))
}
