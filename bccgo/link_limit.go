package bccgo

import (
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
)

// defaultProbeLimit is BCC's.
const defaultProbeLimit = 1000

// ProbeLimit is how many kprobes and uprobes the process may have attached at a
// time, over all modules: the number in the environment variable
// BCC_PROBE_LIMIT, else 1000. A regular expression that one kernel link serves
// takes one of them. Going beyond is a *ProbeLimitError.
func ProbeLimit() int {
	if n, err := strconv.ParseUint(os.Getenv("BCC_PROBE_LIMIT"), 10, 31); err == nil {
		return int(n)
	}
	return defaultProbeLimit
}

// ProbeLimitError means that the process would have more probes attached than
// ProbeLimit allows.
type ProbeLimitError struct {
	// Limit is the limit, Open how many probes are attached, Wanted how many
	// more were asked for.
	Limit, Open, Wanted int
}

func (e *ProbeLimitError) Error() string {
	return fmt.Sprintf("%d probes more than the %d of this process would exceed the limit of %d: "+
		"name fewer functions, or set BCC_PROBE_LIMIT to a higher limit", e.Wanted, e.Open, e.Limit)
}

// openProbes counts the probes of all modules.
var openProbes atomic.Int64

// isProbe reports whether a hook counts for ProbeLimit.
func isProbe(hook string) bool {
	switch hook {
	case "kprobe", "kretprobe", "uprobe", "uretprobe", "usdt":
		return true
	}
	return false
}

// checkProbes tells whether n more probes are allowed. Asked before attaching
// many, it saves attaching them in vain.
func checkProbes(n int) error {
	open, limit := int(openProbes.Load()), ProbeLimit()
	if n > 0 && open+n > limit {
		return &ProbeLimitError{Limit: limit, Open: open, Wanted: n}
	}
	return nil
}

func reserveProbes(n int) error {
	open, limit := int(openProbes.Add(int64(n))), ProbeLimit()
	if n > 0 && open > limit {
		releaseProbes(n)
		return &ProbeLimitError{Limit: limit, Open: open - n, Wanted: n}
	}
	return nil
}

func releaseProbes(n int) { openProbes.Add(int64(-n)) }
