package probe

import (
	"maps"
	"strings"
)

// notrace returns those of the found symbols that ftrace cannot hook, on a
// kernel that refuses probes on them (within_notrace_func in trace_kprobe.c).
// Where that cannot be found out it returns none: the kernel itself will refuse.
func (k *Kernel) notrace(wanted []*wantedFunction) map[string]bool {
	missing := make(map[string]uint64) // addresses by name
	for _, w := range wanted {
		if symbol := w.symbol(); symbol != nil && symbol.Addr != 0 {
			missing[symbol.Name] = symbol.Addr
		}
	}
	if len(missing) == 0 || !k.refusesNotrace() || !k.dropTraced(missing, nil) {
		return nil
	}
	// A function may stand in the list by another of its names.
	aliases, err := k.aliases(missing)
	if err != nil || !k.dropTraced(missing, aliases) {
		return nil
	}
	out := make(map[string]bool, len(missing))
	for name := range missing {
		out[name] = true
	}
	return out
}

// dropTraced removes the functions that ftrace can hook under their names, or
// under aliases, which are addresses by name. It reports whether any is left,
// and none if the list cannot be read.
func (k *Kernel) dropTraced(missing, aliases map[string]uint64) bool {
	traced := make(map[uint64]bool)
	for line, err := range k.FilterFunctions() {
		if err != nil {
			return false
		}
		name, _, _ := strings.Cut(line, " ") // a module may follow
		delete(missing, name)
		if addr, ok := aliases[name]; ok {
			traced[addr] = true
		}
		if len(missing) == 0 {
			return false
		}
	}
	maps.DeleteFunc(missing, func(_ string, addr uint64) bool { return traced[addr] })
	return len(missing) > 0
}

// aliases returns all names of the functions at some addresses.
func (k *Kernel) aliases(of map[string]uint64) (map[string]uint64, error) {
	wanted := make(map[uint64]bool, len(of))
	for _, addr := range of {
		wanted[addr] = true
	}
	names := make(map[string]uint64)
	for sym, err := range k.Ksyms() {
		if err != nil {
			return nil, err
		}
		if wanted[sym.Addr] {
			names[string(sym.Name)] = sym.Addr
		}
	}
	return names, nil
}

// refusesNotrace reports whether the kernel was built not to probe functions
// that are kept from tracing (kernel 4.20; the default).
func (k *Kernel) refusesNotrace() bool {
	ftrace, err := k.Config("CONFIG_DYNAMIC_FTRACE")
	if err != nil || ftrace != "y" {
		return false
	}
	allowed, err := k.Config("CONFIG_KPROBE_EVENTS_ON_NOTRACE")
	return err == nil && allowed == ""
}
