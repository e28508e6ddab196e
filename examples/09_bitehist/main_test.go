package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestCountsRequestsBySize(t *testing.T) {
	testenv.VM(t)
	testenv.NeedTracepoint(t, "block:block_rq_complete")
	disk := activity.Loop(t)
	p := testenv.Start(t, testenv.Tool(t, "09_bitehist"))
	p.Await("Ctrl-C prints", time.Minute)

	activity.WriteDirect(t, disk, "64k", "50")
	activity.ReadDirect(t, disk, "8k", "30")
	// More could be two requests: one has at most 128 pieces of memory.
	activity.ReadDirect(t, disk, "256k", "10")

	result := p.Stop()
	if result.ExitCode != 0 || !strings.HasPrefix(result.Stdout, "     KiB                 : count     distribution\n") {
		t.Errorf("heading: %v", result)
	}
	want := map[string]string{"8 -> 15": "30", "64 -> 127": "50", "256 -> 511": "10"}
	row := regexp.MustCompile(`(?m)^ *(\d+ -> \d+) +: (\d+) `)
	for _, m := range row.FindAllStringSubmatch(result.Stdout, -1) {
		if m[1] == "0 -> 1" {
			continue // flushes have no size
		}
		if expected, ok := want[m[1]]; ok && m[2] != expected || !ok && m[2] != "0" {
			t.Errorf("%s KiB: %s requests, want %q", m[1], m[2], expected)
		}
		delete(want, m[1])
	}
	if len(want) > 0 || t.Failed() {
		t.Errorf("not shown: %v: %v", want, result)
	}
}
