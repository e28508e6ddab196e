package bccgo

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// btfTracepointText counts what is done with signal 0 to this process, read out of
// the task that the tracepoint hands over.
const btfTracepointText = `
#include <linux/sched.h>
#include <linux/sched/signal.h>
BPF_HASH(hits, u32, u64);
BPF_PROG(tp_btf__signal_generate, int sig, void *info, struct task_struct *task, int group, int result)
{
	if (bpf_get_current_pid_tgid() >> 32 == ME && task->tgid == ME && sig == SIG)
		hits.increment(sig);
	return 0;
}
`

func TestLiveTracepointBTF(t *testing.T) {
	testenv.Live(t)
	if err := SupportTracepointBTF(); err != nil {
		t.Skip(err)
	}
	defines := me()
	const sig = unix.SIGURG // the runtime's own; nothing minds one more
	defines["SIG"] = "23"
	m, err := Load(btfTracepointText, &Options{Defines: defines})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	hits, err := Map[uint32, uint64](m, "hits")
	if err != nil {
		t.Fatal(err)
	}
	send := func() uint64 {
		for range 5 {
			if err := unix.Kill(unix.Getpid(), sig); err != nil {
				t.Fatal(err)
			}
		}
		n, err := hits.Lookup(uint32(sig))
		if err != nil && !errors.Is(err, ErrKeyNotExist) {
			t.Fatal(err)
		}
		return n
	}
	before := send()
	if before < 5 {
		t.Errorf("5 signals, %d seen", before)
	}
	links := m.Links()
	if len(links) != 1 || links[0].Hook() != "BTF tracepoint" || links[0].Target() != "signal_generate" {
		t.Fatalf("links: %v", links)
	}
	if err := m.DetachTracepointBTF("signal_generate"); err != nil {
		t.Fatal(err)
	}
	gone, err := hits.Lookup(uint32(sig))
	if err != nil {
		t.Fatal(err)
	}
	if after := send(); after != gone {
		t.Errorf("detached, and %d more seen", after-gone)
	}
}

func TestLiveTracepointBTFErrors(t *testing.T) {
	testenv.Live(t)
	if err := SupportTracepointBTF(); err != nil {
		t.Skip(err)
	}
	m := loadLive(t, `
BPF_PROG(tp_btf__sched_swich, int preempt) { return 0; }
`, &Options{NoAutoAttach: true})
	var hook *UnknownHookError
	var failed *AttachError
	if _, err := m.AttachTracepointBTF("sched_swich"); !errors.As(err, &failed) || failed.Reason() != ReasonAbsent ||
		!errors.As(err, &hook) || !slices.Contains(failed.Nearest(), "sched_switch") {
		t.Errorf("got %v", err)
	}
}

// writableText gives this process's own test runs another result, through the one
// tracepoint of theirs that may be written.
const writableText = `
struct finish_args {
	int *err;
};

int fail(struct finish_args *ctx)
{
	if (bpf_get_current_pid_tgid() >> 32 == ME)
		*ctx->err = -95;
	return 0;
}

int too_far(struct finish_args *ctx)
{
	ctx->err[100] = 1;
	return 0;
}

int pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}
`

func TestLiveRawTracepointWritable(t *testing.T) {
	testenv.Live(t)
	m := loadLive(t, writableText, &Options{Defines: me()})
	packet := &TestRunOptions{Data: make([]byte, 64)}
	if _, err := m.TestRun("pass", packet); err != nil {
		t.Fatal(err)
	}
	l, err := m.AttachRawTracepointWritable("bpf_test_finish", "fail")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.TestRun("pass", packet); !errors.Is(err, unix.EOPNOTSUPP) {
		t.Errorf("the error was not changed: %v", err)
	}
	if err := m.DetachRawTracepoint("bpf_test_finish", "fail"); err != nil {
		t.Fatal(err)
	}
	if _, err := m.TestRun("pass", packet); err != nil {
		t.Errorf("detached from %v, and %v", l, err)
	}
	if _, err := m.AttachRawTracepointWritable("bpf_test_finish", "too_far"); !errors.Is(err, unix.EINVAL) || !strings.Contains(err.Error(), "stores outside") {
		t.Errorf("stored too far: %v", err)
	}
	var hook *UnknownHookError
	if _, err := m.AttachRawTracepointWritable("bpf_test_finnish", "fail"); !errors.As(err, &hook) {
		t.Errorf("no such tracepoint: %v", err)
	}
}
