package main

import (
	"maps"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestCountsLengths(t *testing.T) {
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedHeaders(t)
	testenv.NeedProgram(t, "gcc")
	target, other := activity.StartStrlen(t), activity.StartStrlen(t)
	p := testenv.Start(t, testenv.Tool(t, "strlen_hist"), "-p", strconv.Itoa(target.Pid()))
	p.Await("Ctrl-C prints", time.Minute)

	for _, n := range []int{0, 1, 1, 7, 100, 100, 100, 4096, 8191} {
		target.Tell(strings.Repeat("x", n))
	}
	other.Tell(strings.Repeat("x", 20))

	result := p.Stop()
	if result.ExitCode != 0 || !strings.HasPrefix(result.Stdout, "     bytes               : count     distribution\n") {
		t.Errorf("heading: %v", result)
	}
	counts := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^ *(\d+ -> \d+) +: ([1-9]\d*) `).FindAllStringSubmatch(result.Stdout, -1) {
		counts[m[1]] = m[2]
	}
	if want := map[string]string{"0 -> 1": "3", "4 -> 7": "1", "64 -> 127": "3", "4096 -> 8191": "2"}; !maps.Equal(counts, want) {
		t.Errorf("counted %v, want %v: %v", counts, want, result)
	}
}

func TestNoSuchProcess(t *testing.T) {
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedHeaders(t)
	result := testenv.Run(t, time.Minute, testenv.Tool(t, "strlen_hist"), "-p", "4194304")
	if result.ExitCode == 0 || !strings.Contains(result.Stderr, "4194304") {
		t.Errorf("want an error about process 4194304: %v", result)
	}
}
