package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

// The text that would be compiled is shown with its defines.
func TestLiveEBPF(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "block:block_rq_issue")
	r := testenv.Run(t, time.Minute, testenv.Tool(t, "biolatency"), "--ebpf", "-vm", "--by-sector")
	if r.ExitCode != 0 || !strings.HasPrefix(r.Stdout, "#define UNIT 1000000\n") || !strings.Contains(r.Stdout, "TRACEPOINT_PROBE(block, block_rq_issue)") ||
		!regexp.MustCompile(`(?m)^biolatency: requests: tracepoint:block:block_rq_issue$`).MatchString(r.Stderr) {
		t.Error(r)
	}
}
