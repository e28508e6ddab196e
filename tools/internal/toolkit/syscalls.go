package toolkit

import (
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
)

// Syscalls chooses how to trace system calls: by their tracepoints, or on a
// kernel without them by kprobes on their functions.
//
// The C text has both for each call, the tracepoints between
// #ifdef TRACE_OPENAT and #endif, the functions syscall__openat and
// return_openat, for the kprobes, between #ifdef PROBE_OPENAT and #endif.
type Syscalls struct {
	// Calls are the names of the calls to trace.
	Calls []string
	// EntryOnly tells that the C text has no probes for returns.
	EntryOnly bool

	kind    string
	kprobes []string
}

// Flags is --probes.
func (p *Syscalls) Flags() []cli.Flag {
	return []cli.Flag{probesFlag(&p.kind)}
}

// Define adds the defines that select the C text's probes.
func (p *Syscalls) Define(s *Session, defines map[string]string) error {
	switch p.kind {
	case "auto":
		found, err := p.tracepoints(s, defines)
		if found || err != nil {
			return err
		}
		s.Notef("no system call has a tracepoint (CONFIG_FTRACE_SYSCALLS is off): using kprobes")
		return p.useKprobes(defines)
	case "tracepoint":
		found, err := p.tracepoints(s, defines)
		if err == nil && !found {
			err = errors.New("this kernel has no tracepoints for system calls (CONFIG_FTRACE_SYSCALLS is off); use --probes kprobe")
		}
		return err
	case "kprobe":
		return p.useKprobes(defines)
	}
	return fmt.Errorf("--probes %q: want tracepoint, kprobe or auto", p.kind)
}

// tracepoints selects the tracepoints the kernel has; not every kernel has
// every call.
func (p *Syscalls) tracepoints(s *Session, defines map[string]string) (found bool, err error) {
	for _, call := range p.Calls {
		ok, err := bccgo.TracepointExists("syscalls", "sys_enter_"+call)
		if err != nil {
			return false, err
		}
		if !ok {
			s.Notef("no tracepoint for %s", call)
			continue
		}
		defines["TRACE_"+strings.ToUpper(call)] = ""
		found = true
	}
	return found, nil
}

func (p *Syscalls) useKprobes(defines map[string]string) error {
	if err := bccgo.SupportKprobes(); err != nil {
		return err
	}
	for _, call := range p.Calls {
		defines["PROBE_"+strings.ToUpper(call)] = ""
	}
	p.kprobes = p.Calls
	return nil
}

// Attach attaches the kprobes, if those were chosen; tracepoints are attached
// by their functions' names. A call that the kernel lacks is left out with a
// warning, but not
// all of them.
func (p *Syscalls) Attach(s *Session, m *bccgo.Module) error {
	var refused []error
	for _, call := range p.kprobes {
		if err := p.attachCall(m, call); err != nil {
			s.Warnf("%v", err)
			refused = append(refused, err)
		}
	}
	if len(p.kprobes) > 0 && len(refused) == len(p.kprobes) {
		return errors.Join(refused...)
	}
	for _, l := range m.Links() {
		s.Notef("attached to %s %s", l.Hook(), l.Target())
	}
	return nil
}

// attachCall attaches to a call's return first: a call seen only there is
// ignored by the tools, one seen only at its entry would wait for its return.
func (p *Syscalls) attachCall(m *bccgo.Module, call string) error {
	if !p.EntryOnly {
		if _, err := m.AttachKretprobe("sys_"+call, "return_"+call, nil); err != nil {
			return err
		}
	}
	_, err := m.AttachKprobe("sys_"+call, "syscall__"+call, nil)
	return err
}
