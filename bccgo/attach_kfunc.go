package bccgo

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cilium/ebpf"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

var (
	kfuncHook = &tracingHook{name: "kfunc", prefix: "kfunc__", typ: Tracing, attach: ebpf.AttachTraceFEntry,
		open: openTracing, lack: SupportKfunc, target: kernelFunction, explain: explainFunction}
	kretfuncHook = &tracingHook{name: "kretfunc", prefix: "kretfunc__", typ: Tracing, attach: ebpf.AttachTraceFExit,
		open: openTracing, lack: SupportKfunc, target: kernelFunction, explain: explainFunction}
)

// AttachKfunc runs a KFUNC_PROBE function whenever its kernel function is
// entered, with that function's arguments, at less cost than a kprobe. function
// is the kernel function as it stands in KFUNC_PROBE(…), or the C name with the
// prefix kfunc__. Load does this for all KFUNC_PROBE functions unless
// Options.NoAutoAttach is set.
//
// A name vmlinux__FUNCTION or MODULE__FUNCTION says whose function is meant;
// system calls may have any architecture's prefix. It needs what SupportKfunc
// asks for. Errors are *AttachError around *UnsupportedError, *UnknownHookError
// if the kernel's BTF has no such function, or *AlreadyAttachedError; or a
// *VerifierError.
func (m *Module) AttachKfunc(function string) (*Link, error) {
	return m.attachTracing(kfuncHook, function)
}

// AttachKretfunc is AttachKfunc for returns and KRETFUNC_PROBE, whose last
// argument is the result. The prefix is kretfunc__.
func (m *Module) AttachKretfunc(function string) (*Link, error) {
	return m.attachTracing(kretfuncHook, function)
}

// DetachKfunc detaches a KFUNC_PROBE function, named as for AttachKfunc. If it
// is not attached, the error is a *NotAttachedError.
func (m *Module) DetachKfunc(function string) error { return m.detachTracing(kfuncHook, function) }

// DetachKretfunc is DetachKfunc of KRETFUNC_PROBE functions.
func (m *Module) DetachKretfunc(function string) error {
	return m.detachTracing(kretfuncHook, function)
}

// kernelFunction is the kernel function that the end of a name means.
func kernelFunction(rest string) (string, error) {
	if f, ok := strings.CutPrefix(rest, "vmlinux__"); ok {
		rest = f
	} else if module, f, ok := strings.Cut(rest, "__"); ok && module != "" && f != "" && probe.Running().HasModule(module) {
		rest = f
	}
	return probe.Running().FixSyscallName(rest)
}

// explainFunction says why a kernel function cannot be reached through the
// kernel's types.
func explainFunction(target string, err error) error {
	var absent *UnknownHookError
	if why := probe.Running().BTFFunction(target); errors.As(why, &absent) {
		return why
	}
	if why := whyNotTraced(target); why != nil {
		return fmt.Errorf("%w (%w)", why, err)
	}
	return err
}

// whyNotTraced says why a function that the kernel's types have cannot be
// reached, nil if that is not known.
func whyNotTraced(target string) error {
	var refused *KprobeError
	if _, err := probe.Running().ResolveKprobe(target); errors.As(err, &refused) && refused.Reason != probe.KprobeUnsupported {
		return refused
	}
	return nil
}
