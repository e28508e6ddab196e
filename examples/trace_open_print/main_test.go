package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestShowsEachOpen(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracefs(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_openat")
	p := testenv.Start(t, testenv.Tool(t, "trace_open_print"), "-p", fmt.Sprint(os.Getpid()))
	p.Await("Ctrl-C ends it", time.Minute)

	elsewhere := testenv.Run(t, 10*time.Second, "cat", "/etc/passwd")
	names, tid := activity.OpenFiles(t)
	p.Await(fmt.Sprintf(`\(%d\) opens %s$`, tid, names[len(names)-1]), 10*time.Second)

	result := p.Stop()
	if result.ExitCode != 0 || elsewhere.ExitCode != 0 {
		t.Errorf("Ctrl-C: %v", result)
	}
	line := regexp.MustCompile(fmt.Sprintf(`(?m)^\S+ \(%d\) opens (.*/file number \d)$`, tid))
	var got []string
	for _, m := range line.FindAllStringSubmatch(result.Stdout, -1) {
		got = append(got, m[1])
	}
	if !slices.Equal(got, names) {
		t.Errorf("thread %d opened %q, want %q: %v", tid, got, names, result)
	}
	if other := regexp.MustCompile(`(?m)opens /etc/passwd$`).FindString(result.Stdout); other != "" {
		t.Errorf("another process is shown: %v", result)
	}
}
