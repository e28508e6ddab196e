package bccgo

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// perfNames are the named events of a type, by number, as perf list calls them.
var perfNames = map[PerfType][]string{
	PerfTypeHardware: {"cpu-cycles", "instructions", "cache-references", "cache-misses", "branch-instructions",
		"branch-misses", "bus-cycles", "stalled-cycles-frontend", "stalled-cycles-backend", "ref-cycles"},
	PerfTypeSoftware: {"cpu-clock", "task-clock", "page-faults", "context-switches", "cpu-migrations",
		"minor-faults", "major-faults", "alignment-faults", "emulation-faults", "dummy", "bpf-output", "cgroup-switches"},
}

// perfName shows an event: "software:cpu-clock", "raw:0x1a8".
func perfName(attr *unix.PerfEventAttr) string {
	typ := PerfType(attr.Type)
	if names := perfNames[typ]; attr.Config < uint64(len(names)) {
		return typ.String() + ":" + names[attr.Config]
	}
	switch typ {
	case PerfTypeTracepoint:
		return fmt.Sprintf("%v:%d", typ, attr.Config)
	case PerfTypeHWCache:
		return typ.String() + ":" + cacheName(attr.Config)
	case PerfTypeBreakpoint:
		return fmt.Sprintf("%v:%#x", typ, attr.Ext1)
	}
	return fmt.Sprintf("%v:%#x", typ, attr.Config)
}

// cacheName shows what PerfCacheConfig made.
func cacheName(config uint64) string {
	caches := []string{"L1-dcache", "L1-icache", "LLC", "dTLB", "iTLB", "branch", "node"}
	ops := []string{"read", "write", "prefetch"}
	results := []string{"access", "miss"}
	cache, op, result := config&0xff, config>>8&0xff, config>>16
	if cache >= uint64(len(caches)) || op >= uint64(len(ops)) || result >= uint64(len(results)) {
		return fmt.Sprintf("%#x", config)
	}
	return caches[cache] + "-" + ops[op] + "-" + results[result]
}

// targets shows where an event was opened.
func (e *perfEvent) targets(files perfFiles) []string {
	list := make([]string, len(files))
	for i, f := range files {
		list[i] = perfName(&e.attr)
		switch {
		case e.opts.Cgroup != "":
			list[i] += " in control group " + e.opts.Cgroup
		case e.opts.PID != 0:
			list[i] += fmt.Sprintf(" in thread %d", f.task)
		}
		if f.cpu >= 0 {
			list[i] += fmt.Sprintf(" on CPU %d", f.cpu)
		}
	}
	return list
}
