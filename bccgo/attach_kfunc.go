package bccgo

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"github.com/bccgo/bcc/bccgo/internal/probe"
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

// tracingHook is one end of a kernel function, reached through BTF.
type tracingHook struct {
	name, prefix string
	attach       ebpf.AttachType
}

var (
	kfuncHook    = tracingHook{"kfunc", "kfunc__", ebpf.AttachTraceFEntry}
	kretfuncHook = tracingHook{"kretfunc", "kretfunc__", ebpf.AttachTraceFExit}
)

// cName is the name of the C function. Newer versions of libbcc put vmlinux__
// into it where no module is named.
func (m *Module) cName(h tracingHook, function string) string {
	rest := strings.TrimPrefix(function, h.prefix)
	if m != nil && m.bundle.Function(h.prefix+rest) == nil && m.bundle.Function(h.prefix+"vmlinux__"+rest) != nil {
		rest = "vmlinux__" + rest
	}
	return h.prefix + rest
}

func (m *Module) attachTracing(h tracingHook, function string) (*Link, error) {
	name := m.cName(h, function)
	p, as, err := m.tracingProgram(name)
	if err != nil {
		return nil, err
	}
	fail := func(err error) (*Link, error) {
		return nil, &AttachError{Hook: h.name, Target: as.to, Function: name, Err: err}
	}
	if err := m.checkOnce(h.name, as.to, name); err != nil {
		return fail(err)
	}
	l, err := link.AttachTracing(link.TracingOptions{Program: p, AttachType: h.attach})
	if err != nil {
		return fail(explainTracing(as.to, err))
	}
	return m.keepLink(&Link{hook: h.name, target: as.to, function: name, names: []string{name}}, l)
}

func (m *Module) detachTracing(h tracingHook, function string) error {
	name := m.cName(h, function)
	return m.detach(h.name, name, name, name)
}

// tracingProgram loads a function for the place that its name says.
func (m *Module) tracingProgram(name string) (*ebpf.Program, loadAs, error) {
	if err := m.usable(); err != nil {
		return nil, loadAs{}, fmt.Errorf("load function %s: %w", name, err)
	}
	if m.bundle.Function(name) == nil {
		return nil, loadAs{}, unknown("function", name, m.Functions())
	}
	h, as, err := tracingPlace(name)
	if err != nil {
		return nil, as, err
	}
	p, err := m.programAs(name, as)
	var refused *VerifierError
	if err == nil || errors.As(err, &refused) || errors.Is(err, errClosed) {
		return p, as, err
	}
	return nil, as, &AttachError{Hook: h.name, Target: as.to, Function: name, Err: explainTracing(as.to, err)}
}

// explainTracing says why a tracing program could not be loaded or attached, if there is a
// better reason than the kernel's.
func explainTracing(target string, err error) error {
	if lack := SupportKfunc(); lack != nil {
		return lack
	}
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

// tracingPlace reads what a tracing function is for out of its name.
func tracingPlace(name string) (tracingHook, loadAs, error) {
	for _, h := range []tracingHook{kfuncHook, kretfuncHook} {
		rest, ok := strings.CutPrefix(name, h.prefix)
		if !ok {
			continue
		}
		to, err := tracingTarget(rest)
		return h, loadAs{typ: Tracing, attach: h.attach, to: to}, err
	}
	return tracingHook{}, loadAs{}, fmt.Errorf("load function %s: a tracing function is named %s… or %s…",
		name, kfuncHook.prefix, kretfuncHook.prefix)
}

// tracingTarget is the kernel function that the end of a name means.
func tracingTarget(rest string) (string, error) {
	if f, ok := strings.CutPrefix(rest, "vmlinux__"); ok {
		rest = f
	} else if module, f, ok := strings.Cut(rest, "__"); ok && module != "" && f != "" && probe.Running().HasModule(module) {
		rest = f
	}
	return probe.Running().FixSyscallName(rest)
}
