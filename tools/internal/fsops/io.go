package fsops

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// IOConfig is the struct config of IOC.
type IOConfig struct {
	Least, Directory uint64
	On, PID          uint32
	All, Device      uint32
}

// IO chooses and attaches what IOC traces.
type IO struct {
	// Returns tells that the program has io_ended.
	Returns bool
	// Only is what is traced alone, "read" or "write".
	Only string

	ways   toolkit.Ways
	byCall bool
}

// Flags is --probes.
func (o *IO) Flags() []cli.Flag { return o.ways.Flags() }

// Define chooses, and adds what IOC needs to the defines of a compile.
func (o *IO) Define(s *toolkit.Session, defines map[string]string) error {
	calls := toolkit.Way{Name: "system calls", Kind: "tracepoint"}
	for _, call := range []string{"read", "pread64", "write", "pwrite64"} {
		if !strings.Contains(call, o.Only) {
			continue
		}
		calls.Probes = append(calls.Probes, "tracepoint:syscalls:sys_enter_"+call)
		if o.Returns {
			calls.Probes = append(calls.Probes, "tracepoint:syscalls:sys_exit_"+call)
		}
	}
	functions := toolkit.Way{Name: "vfs functions", Kind: "kprobe"}
	for _, op := range o.operations() {
		functions.Probes = append(functions.Probes, "kprobe:vfs_"+op)
	}
	way, err := o.ways.Choose(s, "reads and writes", calls, functions)
	if err != nil {
		return err
	}
	if o.byCall = way.Kind == "tracepoint"; o.byCall {
		defines["BY_CALL"] = ""
	}
	if o.Returns {
		defines["RETURNS"] = ""
	}
	for _, op := range o.operations() {
		defines["TRACE_"+strings.ToUpper(op)] = ""
	}
	return NeedHeaders()
}

// operations are what is traced, "read" and "write".
func (o *IO) operations() []string {
	if o.Only != "" {
		return []string{o.Only}
	}
	return []string{"read", "write"}
}

// Attach attaches the functions, if those were chosen; tracepoints are attached by
// their names. A return comes before its entry.
func (o *IO) Attach(s *toolkit.Session, m *bccgo.Module) error {
	for _, op := range o.operations() {
		if o.byCall {
			break
		}
		if o.Returns {
			if _, err := m.AttachKretprobe("vfs_"+op, "return_"+op, nil); err != nil {
				return err
			}
		}
		if _, err := m.AttachKprobe("vfs_"+op, "enter_"+op, nil); err != nil {
			return err
		}
	}
	for _, l := range m.Links() {
		s.Notef("attached to %s %s", l.Hook(), l.Target())
	}
	return nil
}
