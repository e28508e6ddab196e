package bccgo

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/features"
	"github.com/cilium/ebpf/link"

	"github.com/bccgo/bcc/bccgo/internal/probe"
	"github.com/bccgo/bcc/bccgo/internal/usdt"
)

// AttachUSDT attaches the functions of a USDT that the program was loaded with in
// Options.USDT. Load does so itself unless Options.NoAutoAttach is set. Each
// probe of each file gives a Link: all of its locations, or none and an error.
//
// Semaphores are counted by the kernel (4.20), so that a program's probes are
// switched off however this process ends. Where the kernel has uprobe_multi, one
// kernel link serves all locations of a probe; without, each is a uprobe and
// counts for ProbeLimit. Errors are *AttachError, around *UnsupportedError for
// probes with semaphores on older kernels, and around *ProbeConflictError where
// another program has a uprobe without the probe's semaphore.
func (m *Module) AttachUSDT(u *USDT) ([]*Link, error) {
	if err := m.usable(); err != nil {
		return nil, fmt.Errorf("attach USDT probes: %w", err)
	}
	enabled, known := m.usdt.enabled[u]
	if !known {
		return nil, errors.New("attach USDT probes: the program was not loaded with this USDT (Options.USDT)")
	}
	var links []*Link
	fail := func(err error) ([]*Link, error) {
		return nil, errors.Join(err, closeLinks(links))
	}
	for _, e := range enabled {
		l, err := m.attachProbe(&usdtAttach{module: m, enabledProbe: e, pid: u.opts.attachPID()})
		if err != nil {
			return fail(err)
		}
		links = append(links, l)
	}
	if err := u.keep(links); err != nil {
		return fail(fmt.Errorf("attach USDT probes: %w", err))
	}
	return links, nil
}

// usdtAttach is on the way to attach a function to a probe.
type usdtAttach struct {
	module *Module
	enabledProbe
	pid int
	// plain tells that the function reads no arguments.
	plain bool

	probes int // of ProbeLimit
	parts  closers
}

// closers are closed together.
type closers []io.Closer

func (c closers) Close() error {
	var errs []error
	for _, one := range c {
		errs = append(errs, one.Close())
	}
	return errors.Join(errs...)
}

func (a *usdtAttach) String() string {
	return a.place.file.seenAs + ":" + a.place.probe.String() + inProcess(a.pid)
}

func (m *Module) attachProbe(a *usdtAttach) (*Link, error) {
	if err := a.attach(); err != nil {
		err = errors.Join(err, a.parts.Close())
		return nil, &AttachError{Hook: "usdt", Target: a.String(), Function: a.function, Err: err}
	}
	return m.keepLink(&Link{hook: "usdt", target: a.String(), function: a.function, probes: a.probes}, a.parts)
}

func (a *usdtAttach) attach() error {
	if err := a.check(); err != nil {
		return err
	}
	if uprobeMulti(a.pid) {
		if a.together() == nil {
			return nil
		}
		// One by one, the location at fault is known.
	}
	return a.oneByOne()
}

// check finds out what speaks against it.
func (a *usdtAttach) check() error {
	if err := probe.Running().UprobesSupported(); err != nil {
		return err
	}
	if err := a.place.file.unchanged(); err != nil {
		return err
	}
	for _, l := range a.place.probe.Locations {
		if l.Err != nil {
			return l.Err
		}
		if l.Semaphore != 0 {
			if err := refCounters(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Tests replace what depends on the kernel.
var (
	refCounters   = func() error { return probe.Running().RefCountersSupported() }
	attachCookies = func() bool { return features.HaveProgramHelper(ebpf.Kprobe, asm.FnGetAttachCookie) == nil }
)

// form is the number of the way in which arguments are read at a location.
func (a *usdtAttach) form(l *usdt.Location) int {
	if a.plain {
		return 0
	}
	return a.module.usdt.forms[a.function].Of(l.Arguments)
}

// manyForms tells whether the function has to learn which one is in force.
func (a *usdtAttach) manyForms() bool { return !a.plain && a.module.usdt.forms[a.function].Len() > 1 }

// together makes one kernel link.
func (a *usdtAttach) together() error {
	p, err := a.module.programAs(a.function, loadAs{typ: Kprobe, attach: ebpf.AttachTraceUprobeMulti})
	if err != nil {
		return err
	}
	ex, err := link.OpenExecutable(a.place.file.Path)
	if err != nil {
		return err
	}
	o := &link.UprobeMultiOptions{PID: uint32(a.pid)}
	for i := range a.place.probe.Locations {
		l := &a.place.probe.Locations[i]
		o.Addresses = append(o.Addresses, l.Offset)
		o.RefCtrOffsets = append(o.RefCtrOffsets, l.SemaphoreOffset)
		o.Cookies = append(o.Cookies, uint64(a.form(l)))
	}
	if !slices.ContainsFunc(o.RefCtrOffsets, func(at uint64) bool { return at != 0 }) {
		o.RefCtrOffsets = nil
	}
	c, err := ex.UprobeMulti(nil, p, o)
	if err != nil {
		return err
	}
	a.parts, a.probes = closers{c}, 1
	return nil
}

// oneByOne puts a uprobe on each location.
func (a *usdtAttach) oneByOne() error {
	locations := a.place.probe.Locations
	if err := checkProbes(len(locations)); err != nil {
		return err
	}
	ex, err := link.OpenExecutable(a.place.file.Path)
	if err != nil {
		return err
	}
	a.probes = len(locations)
	cookies := a.manyForms() && attachCookies()
	for i := range locations {
		c, err := a.one(ex, &locations[i], cookies)
		if err != nil {
			return fmt.Errorf("at %#x: %w", locations[i].Address, err)
		}
		a.parts = append(a.parts, c)
	}
	return nil
}

// one puts a uprobe on a location. A kernel that gives programs no cookie gets a
// program for each form instead.
func (a *usdtAttach) one(ex *link.Executable, l *usdt.Location, cookies bool) (io.Closer, error) {
	as, o := loadAs{typ: Kprobe}, &link.UprobeOptions{PID: a.pid, Address: l.Offset, RefCtrOffset: l.SemaphoreOffset}
	switch {
	case cookies:
		o.Cookie = uint64(a.form(l))
	case a.manyForms():
		as.form = 1 + a.form(l)
	}
	p, err := a.module.programAs(a.function, as)
	if err != nil {
		return nil, err
	}
	c, err := ex.Uprobe("", p, o)
	if err != nil {
		return nil, uprobeRefused(a.place.file.Path, l.Offset, a.pid, err)
	}
	return c, nil
}

// buildInForm makes a program's question for the form a constant.
func buildInForm(insns asm.Instructions, form int) {
	if form == 0 {
		return
	}
	for i := range insns {
		if insns[i].IsBuiltinCall() && asm.BuiltinFunc(insns[i].Constant) == asm.FnGetAttachCookie {
			insns[i] = asm.Mov.Imm(asm.R0, int32(form-1)).WithMetadata(insns[i].Metadata)
		}
	}
}
