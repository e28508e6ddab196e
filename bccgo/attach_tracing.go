package bccgo

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
)

// tracingHook is a kind of place that a program is loaded for, and that the
// kernel finds through its own types: the name of the C function says where.
type tracingHook struct {
	name, prefix string
	typ          ProgType
	attach       ebpf.AttachType
	open         func(p *ebpf.Program) (io.Closer, error)
	// ready says why a function would not run, though the kernel attaches it; nil
	// where that cannot be.
	ready func() error
	// lack says why this kernel has no such hook, nil if it has.
	lack func() error
	// target is the place that the rest of a function's name means.
	target func(rest string) (string, error)
	// explain finds a better reason than the kernel's for what failed at a place.
	explain func(target string, err error) error
}

// tracingHooks are all of them.
var tracingHooks = []*tracingHook{kfuncHook, kretfuncHook, fmodRetHook, lsmHook, iterHook, tpBTFHook}

// openTracing attaches a program where it was loaded for.
func openTracing(p *ebpf.Program) (io.Closer, error) {
	return link.AttachTracing(link.TracingOptions{Program: p})
}

// asNamed is the target of hooks whose names need no translation.
func asNamed(rest string) (string, error) { return rest, nil }

// cName is the name of the C function. Newer versions of libbcc put vmlinux__
// into it where no module is named.
func (m *Module) cName(h *tracingHook, function string) string {
	rest := strings.TrimPrefix(function, h.prefix)
	if m != nil && m.bundle.Function(h.prefix+rest) == nil && m.bundle.Function(h.prefix+"vmlinux__"+rest) != nil {
		rest = "vmlinux__" + rest
	}
	return h.prefix + rest
}

func (m *Module) attachTracing(h *tracingHook, function string) (*Link, error) {
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
	if h.ready != nil {
		if err := h.ready(); err != nil {
			return fail(err)
		}
	}
	c, err := h.open(p)
	if err != nil {
		return fail(h.why(as.to, err))
	}
	return m.keepLink(&Link{hook: h.name, target: as.to, function: name, names: []string{name}}, c)
}

func (m *Module) detachTracing(h *tracingHook, function string) error {
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
	if err == nil || errors.Is(err, errClosed) {
		return p, as, err
	}
	var refused *VerifierError
	why := h.why(as.to, err)
	if why == err && errors.As(err, &refused) {
		return nil, as, err
	}
	return nil, as, &AttachError{Hook: h.name, Target: as.to, Function: name, Err: why}
}

// why says why a program could not be loaded or attached: the better reason than
// the kernel's, if there is one.
func (h *tracingHook) why(target string, err error) error {
	var refused *VerifierError
	if errors.As(err, &refused) && len(refused.Log) > 0 {
		return whyRefused(target, refused, err)
	}
	if lack := h.lack(); lack != nil {
		return lack
	}
	return h.explain(target, err)
}

// whyRefused is why for what the verifier refused: nearly always the function is
// at fault, and the verifier's own words are best.
func whyRefused(target string, refused *VerifierError, err error) error {
	if strings.HasSuffix(refused.Reason, "is not modifiable") {
		return &NotModifiableError{Name: target, Err: err}
	}
	return err
}

// tracingPlace reads what a tracing function is for out of its name.
func tracingPlace(name string) (*tracingHook, loadAs, error) {
	var known []string
	for _, h := range tracingHooks {
		known = append(known, h.prefix+"…")
		rest, ok := strings.CutPrefix(name, h.prefix)
		if !ok {
			continue
		}
		to, err := h.target(rest)
		return h, loadAs{typ: h.typ, attach: h.attach, to: to}, err
	}
	return nil, loadAs{}, fmt.Errorf("load function %s: the name of a function for such a place says where, as %s",
		name, strings.Join(known, ", "))
}

// tracingProgramOf is tracingProgram of a function that must be of one type.
func (m *Module) tracingProgramOf(name string, typ ProgType) (*ebpf.Program, error) {
	if h, _, err := tracingPlace(name); err == nil && h.typ != typ {
		return nil, fmt.Errorf("load function %s as %v: %s… stands for %v", name, typ, h.prefix, h.typ)
	}
	p, _, err := m.tracingProgram(name)
	return p, err
}
