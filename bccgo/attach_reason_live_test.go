package bccgo

import (
	"errors"
	"slices"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// reasonText has functions for each kind of hook.
const reasonText = `
int on_entry(struct pt_regs *ctx)
{
	return 0;
}
int on_event(struct bpf_raw_tracepoint_args *ctx)
{
	return 0;
}
`

// wantReason checks what an attachment failed for, and what is offered.
func wantReason(t *testing.T, name string, err error, want AttachReason, nearest ...string) {
	t.Helper()
	var failed *AttachError
	switch {
	case !errors.As(err, &failed):
		t.Errorf("%s: %v", name, err)
	case failed.Reason() != want:
		t.Errorf("%s: the reason is %q, want %q: %v", name, failed.Reason(), want, err)
	case len(failed.Nearest()) > 3:
		t.Errorf("%s: %d names come near", name, len(failed.Nearest()))
	}
	for _, one := range nearest {
		if failed == nil || !slices.Contains(failed.Nearest(), one) {
			t.Errorf("%s: %s is not among the nearest: %v", name, one, err)
		}
	}
}

// attachError is the error of one of the ways to attach.
func attachError(_ *Link, err error) error { return err }

func TestLiveAttachReasons(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_getpgid")
	m := loadLive(t, reasonText, nil)
	wantReason(t, "tracepoint", attachError(m.AttachTracepoint("syscalls:sys_enter_getpgit", "on_event")),
		ReasonAbsent, "syscalls:sys_enter_getpgid")
	wantReason(t, "raw tracepoint", attachError(m.AttachRawTracepoint("sched_swich", "on_event")), ReasonAbsent, "sched_switch")
	wantReason(t, "no match", attachError(m.AttachTracepointRe("syscalls:no_such.*", "on_event")), ReasonAbsent)
	wantReason(t, "no name", attachError(m.AttachTracepoint("getpgid", "on_event")), ReasonOther)
	wantReason(t, "library", attachError(m.AttachUprobe("no_such_library", "f", "on_entry", nil)), ReasonAbsent)
	first, err := m.AttachRawTracepoint("sched_process_exit", "on_event")
	if err != nil {
		t.Fatal(err)
	}
	wantReason(t, "twice", attachError(m.AttachRawTracepoint("sched_process_exit", "on_event")), ReasonAttached)
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	t.Setenv("BCC_PROBE_LIMIT", "0")
	wantReason(t, "limit", attachError(m.AttachUprobe("c", "getpgid", "on_entry", nil)), ReasonLimit)
	if SupportKprobes() != nil {
		wantReason(t, "kprobe", attachError(m.AttachKprobe("vfs_read", "on_entry", nil)), ReasonNoKprobes)
	}
}

// TestVMAttachReasons asks for functions of Debian's 6.1 that cannot be probed.
func TestVMAttachReasons(t *testing.T) {
	testenv.VM(t)
	m := loadLive(t, reasonText, nil)
	for _, one := range []struct {
		name   string
		offset uint64
		want   AttachReason
	}{
		{"vfs_raed", 0, ReasonAbsent},
		{"kprobe_int3_handler", 0, ReasonBlacklisted},
		{"blk_account_io_done", 0, ReasonNotTraceable},
		{"vfs_read", 1, ReasonMisplaced},
		{"vfs_read", 1 << 20, ReasonMisplaced},
	} {
		wantReason(t, one.name, attachError(m.AttachKprobe(one.name, "on_entry", &KprobeOptions{Offset: one.offset})), one.want)
	}
	wantReason(t, "vfs_raed", attachError(m.AttachKprobe("vfs_raed", "on_entry", nil)), ReasonAbsent, "vfs_read")
}
