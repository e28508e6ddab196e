package bccgo

import (
	"errors"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

var tpBTFHook = &tracingHook{name: "BTF tracepoint", prefix: "tp_btf__", typ: Tracing, attach: ebpf.AttachTraceRawTp,
	open: openTracing, lack: SupportTracepointBTF, target: asNamed, explain: explainTracepointBTF}

// AttachTracepointBTF runs a function at a tracepoint with the tracepoint's own
// arguments, typed: what they point to is read by plain ->, without calls. The C
// text has it as BPF_PROG(tp_btf__EVENT, type name, …); function is EVENT, or the
// C name with the prefix. Load does this for all such functions unless
// Options.NoAutoAttach is set.
//
// It needs what SupportTracepointBTF asks for. Errors are *AttachError around
// *UnsupportedError, *UnknownHookError or *AlreadyAttachedError; or a
// *VerifierError.
func (m *Module) AttachTracepointBTF(function string) (*Link, error) {
	return m.attachTracing(tpBTFHook, function)
}

// DetachTracepointBTF detaches a function from its tracepoint, named as for
// AttachTracepointBTF. If it is not attached, the error is a *NotAttachedError.
func (m *Module) DetachTracepointBTF(function string) error {
	return m.detachTracing(tpBTFHook, function)
}

func explainTracepointBTF(event string, err error) error {
	return explainHook(probe.BTFTracepoint, event, err)
}

// AttachRawTracepointWritable is AttachRawTracepoint of a function that may
// store into what its first argument points to, at the few tracepoints that the
// kernel made so (bpf_test_finish, nbd_send_request; Linux 5.2). A function that
// stores past the end, or any other tracepoint, is refused (EINVAL). The text
// declares a struct of the arguments for the function's own, as in
// struct finish_args { int *err; }, because libbcc turns what is reached through
// struct bpf_raw_tracepoint_args into calls that only read. DetachRawTracepoint
// detaches it.
func (m *Module) AttachRawTracepointWritable(tracepoint, function string) (*Link, error) {
	return m.attachRawTracepoint(tracepoint, function, ebpf.RawTracepointWritable)
}

// rawTracepoint attaches a loaded function, and says why that failed.
func rawTracepoint(tracepoint string, p *ebpf.Program) (link.Link, error) {
	l, err := link.AttachRawTracepoint(link.RawTracepointOptions{Name: tracepoint, Program: p})
	if err == nil {
		return l, nil
	}
	if why := probe.Running().RawTracepoint(tracepoint); why != nil {
		return nil, why
	}
	if p.Type() == ebpf.RawTracepointWritable {
		return nil, errors.Join(errors.New("the function stores outside of what this tracepoint lets it change, which most let nothing"), err)
	}
	return nil, err
}
