package bccgo

import (
	"errors"
	"io"
	"io/fs"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

var lsmHook = &tracingHook{name: "lsm", prefix: "lsm__", typ: LSM, attach: ebpf.AttachLSMMac,
	open: openLSM, ready: lsmInForce, lack: SupportLSM, target: asNamed, explain: explainLSM}

// AttachLSM runs an LSM_PROBE function at its security hook, with the hook's
// arguments and, after them, the result of functions that ran there before. A
// result below 0 denies the operation with that error (-EPERM); 0 leaves it to
// the other security modules. function is the hook as it stands in
// LSM_PROBE(…), as in socket_connect, or the C name with the prefix lsm__. Load
// does this for all LSM_PROBE functions unless Options.NoAutoAttach is set.
//
// It needs what SupportLSM asks for (Linux 5.7 on x86-64, 6.4 on arm64). In a
// kernel where bpf is not among the security modules in force no such function
// would ever run, so the error is an *AttachError around *UnsupportedError that
// names the boot parameter which adds it. A hook that the kernel does not have
// is an *UnknownHookError; other errors are as for AttachKfunc.
func (m *Module) AttachLSM(function string) (*Link, error) {
	return m.attachTracing(lsmHook, function)
}

// DetachLSM detaches an LSM_PROBE function, named as for AttachLSM. If it is not
// attached, the error is a *NotAttachedError.
func (m *Module) DetachLSM(function string) error { return m.detachTracing(lsmHook, function) }

func openLSM(p *ebpf.Program) (io.Closer, error) {
	return link.AttachLSM(link.LSMOptions{Program: p})
}

// lsmInForce refuses what the kernel would attach and never run. Where nothing
// tells which security modules are in force, it is left to the kernel.
func lsmInForce() error {
	if err := probe.Running().LSMSupported(); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func explainLSM(hook string, err error) error {
	return explainHook(probe.SecurityHook, hook, err)
}
