package bccgo

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/features"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
)

// SupportOverrideReturn returns nil where a kprobe may leave its function out and
// give it a result, by bpf_override_return (Linux 4.16,
// CONFIG_BPF_KPROBE_OVERRIDE), else an *UnsupportedError, or a *PermissionError
// if this process may not find out. Such a function can only be attached to the
// entry of those that /sys/kernel/debug/error_injection/list names; any other is
// an *AttachError around *NotModifiableError.
func SupportOverrideReturn() error {
	if err := CheckPrivilege(); err != nil {
		return err
	}
	err := features.HaveProgramHelper(ebpf.Kprobe, asm.FnOverrideReturn)
	if errors.Is(err, ebpf.ErrNotSupported) {
		return &UnsupportedError{
			Feature: "kprobes that change results (bpf_override_return)",
			Reason:  "the kernel is older than 4.16 or built without CONFIG_BPF_KPROBE_OVERRIDE",
			Fix:     "use a kernel built with it, or a KMOD_RET function where the kernel allows that",
			Err:     err,
		}
	}
	return err
}

// overrideRefused says that the kernel lacks bpf_override_return, if that is why
// the verifier refused a function; else it is nil.
func overrideRefused(refused *VerifierError) error {
	if !strings.Contains(refused.Reason, "bpf_override_return") {
		return nil
	}
	var lack *UnsupportedError
	if err := SupportOverrideReturn(); !errors.As(err, &lack) {
		return nil
	}
	lack.Err = refused
	return fmt.Errorf("load function %s: %w", refused.Function, lack)
}

// overrides tells whether a function calls bpf_override_return.
func overrides(f *bundle.Function) bool {
	insns, err := decode(f)
	if err != nil {
		return false // loading the function reports it
	}
	for _, ins := range insns {
		if ins.IsBuiltinCall() && ins.Constant == int64(asm.FnOverrideReturn) {
			return true
		}
	}
	return false
}

// explainOverride says why the kernel did not put a function at a place, where
// what the function does is the reason.
func (m *Module) explainOverride(target, function string, err error) error {
	f := m.bundle.Function(function)
	if !errors.Is(err, unix.EINVAL) || f == nil || !overrides(f) {
		return err
	}
	return &NotModifiableError{Name: target, Err: err}
}
