package testenv

import (
	"runtime"
	"strings"
)

// runtimeGoroutines are beginnings of functions whose goroutines belong to the
// Go runtime, to package testing or to this package: once started they stay.
var runtimeGoroutines = []string{
	"runtime.",
	"testing.",
	"os/signal.",
	"unique.",
	"internal/fuzz.",
	"runtime/pprof.",
	"github.com/bccgo/bcc/internal/testenv.forkLoop",
}

// goroutines returns the stacks of all goroutines but the calling one and
// those that stay by design.
func goroutines() map[string]string {
	buf := make([]byte, 1<<16)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			return parseStacks(string(buf[:n]))
		}
		buf = make([]byte, 2*len(buf))
	}
}

// parseStacks splits a dump of all stacks. The first one is the caller's.
func parseStacks(dump string) map[string]string {
	found := make(map[string]string)
	stacks := strings.Split(strings.TrimSpace(dump), "\n\n")
	for _, stack := range stacks[1:] {
		header, frames, _ := strings.Cut(stack, "\n")
		number, _, _ := strings.Cut(strings.TrimPrefix(header, "goroutine "), " ")
		if number != "" && !staysByDesign(frames) {
			found[number] = stack
		}
	}
	return found
}

// staysByDesign looks at the outermost function, which is the one the
// goroutine was started with.
func staysByDesign(frames string) bool {
	first := ""
	for line := range strings.Lines(frames) {
		if strings.HasPrefix(line, "\t") || strings.HasPrefix(line, "created by ") {
			continue
		}
		first = line
	}
	for _, prefix := range runtimeGoroutines {
		if strings.HasPrefix(first, prefix) {
			return true
		}
	}
	return false
}
