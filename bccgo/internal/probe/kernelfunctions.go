package probe

import (
	"bytes"
	"slices"
)

// Function is a function of the kernel that a probe can be put on.
type Function struct {
	Name   string
	Module string // "" for the kernel itself
	Addr   uint64 // 0 where kernel.kptr_restrict hides it
}

// KprobeFunctions lists the functions with a matching name that a probe can be
// put on, in the order of kallsyms: no symbol of the blacklist, none that
// ftrace cannot trace, as far as these lists can be read, and none of sections
// that probes are forbidden in or that are gone after boot. A function with
// several names is listed once for each that matches.
func (k *Kernel) KprobeFunctions(match func(name []byte) bool) ([]Function, error) {
	forbidden, err := nameSet(k.Blacklist())
	if err != nil {
		forbidden = nil // the kernel itself will refuse
	}
	traceable, err := nameSet(k.FilterFunctions())
	if err != nil {
		traceable = nil
	}
	c := &functionCollector{match: match, forbidden: forbidden, traceable: traceable, sections: make(map[string]int)}
	for sym, err := range k.Ksyms() {
		if err != nil {
			return nil, err
		}
		c.add(sym)
	}
	c.endGroup()
	return c.found, nil
}

// nameSet collects a list. A list that ends in an error is none.
func nameSet(names func(yield func(string, error) bool)) (map[string]bool, error) {
	set := make(map[string]bool)
	for name, err := range names {
		if err != nil {
			return nil, err
		}
		set[name] = true
	}
	return set, nil
}

// functionCollector picks functions out of kallsyms, where the names of one
// function follow each other.
type functionCollector struct {
	match     func(name []byte) bool
	forbidden map[string]bool
	traceable map[string]bool // nil where that is not known

	found []Function

	// The names of the function at addr, the matching ones among them, and what
	// the lists have of any of them.
	addr    uint64
	group   []Function
	refused bool
	traced  bool

	// sections are those without functions to probe whose start was seen: how
	// many functions had been found before it, by the symbol of the end.
	sections map[string]int
}

// closedSections are sections without functions to probe, by the symbols at
// their starts and ends. Not every kernel has both symbols in that order.
var closedSections = map[string]string{
	"__init_begin":          "__init_end",
	"__irqentry_text_start": "__irqentry_text_end",
}

func (c *functionCollector) add(sym Ksym) {
	if c.addr != sym.Addr || sym.Addr == 0 {
		c.endGroup()
		c.addr = sym.Addr
	}
	if c.bounds(sym) || !sym.IsFunction() {
		return
	}
	c.refused = c.refused || c.forbidden[string(sym.Name)] || bytes.HasPrefix(sym.Name, []byte("_kbl_addr_"))
	c.traced = c.traced || c.isTraceable(sym)
	if c.match(sym.Name) && c.isMeant(sym) {
		c.group = append(c.group, Function{string(sym.Name), string(sym.Module), sym.Addr})
	}
}

// bounds handles symbols at the ends of sections: what was found since the
// start of one that is closed is dropped at its end.
func (c *functionCollector) bounds(sym Ksym) bool {
	if len(sym.Module) > 0 {
		return false
	}
	if end, ok := closedSections[string(sym.Name)]; ok {
		c.endGroup()
		c.sections[end] = len(c.found)
		return true
	}
	start, ok := c.sections[string(sym.Name)]
	if ok {
		c.endGroup()
		c.found = c.found[:start]
		delete(c.sections, string(sym.Name))
	}
	return ok
}

// endGroup decides on the function whose names have all been seen.
func (c *functionCollector) endGroup() {
	if c.traced && !c.refused {
		c.found = append(c.found, c.group...)
	}
	c.group, c.traced, c.refused = c.group[:0], false, false
}

// isTraceable reports whether ftrace lists a symbol, true where that is not
// known.
func (c *functionCollector) isTraceable(sym Ksym) bool {
	if c.traceable == nil {
		return true
	}
	if len(sym.Module) == 0 {
		return c.traceable[string(sym.Name)]
	}
	return c.traceable[string(sym.Name)+" ["+string(sym.Module)+"]"]
}

// isMeant reports whether a symbol is that of a function one could mean. Where
// it is not known what is traceable, whole classes that never are do not count.
func (c *functionCollector) isMeant(sym Ksym) bool {
	return isPlain(string(sym.Name)) && (c.traceable != nil || !slices.ContainsFunc(untraced, func(prefix string) bool {
		return bytes.HasPrefix(sym.Name, []byte(prefix))
	}))
}

// untraced are the beginnings of the names of functions that the kernel builds
// without tracing.
var untraced = []string{"__perf", "perf_", "__SCT__", "__SCK__", "__cfi_"}
