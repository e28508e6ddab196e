package probe

import "strings"

// notrace returns those of the found symbols that ftrace cannot hook, on a
// kernel that refuses probes on them (within_notrace_func in trace_kprobe.c).
// Where that cannot be found out it returns none: the kernel itself will refuse.
func (k *Kernel) notrace(wanted []*wantedFunction) map[string]bool {
	missing := make(map[string]bool)
	for _, w := range wanted {
		if symbol := w.symbol(); symbol != nil {
			missing[symbol.Name] = true
		}
	}
	if len(missing) == 0 || !k.refusesNotrace() {
		return nil
	}
	for line, err := range k.FilterFunctions() {
		if err != nil {
			return nil
		}
		name, _, _ := strings.Cut(line, " ") // a module may follow
		if delete(missing, name); len(missing) == 0 {
			return nil
		}
	}
	return missing
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
