package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestGreetsEveryClone(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	testenv.NeedTracefs(t)
	p := testenv.Start(t, testenv.Tool(t, "01_hello_world"))
	p.Await("Ctrl-C ends it", time.Minute)

	const clones = 7
	pid := activity.Fork(t, clones)
	// The kernel forgets the names of tasks that ended long ago.
	line := fmt.Sprintf(`^ *(?:sh|<\.\.\.>)-%d [^\n]*: hello, new process$`, pid)
	p.Await(fmt.Sprintf(`(?s)(?:%s.*?){%d}`, line, clones), 10*time.Second)

	result := p.Stop()
	if result.ExitCode != 0 {
		t.Fatalf("Ctrl-C: %v", result)
	}
	if got := len(regexp.MustCompile("(?m)"+line).FindAllString(result.Stdout, -1)); got != clones {
		t.Errorf("%d lines for %d clones of process %d: %v", got, clones, pid, result)
	}
}

func TestEndsByItself(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	p := testenv.Start(t, testenv.Tool(t, "01_hello_world"), "-d", "1s")
	p.Await("Ctrl-C ends it", time.Minute)
	if result := p.Wait(10 * time.Second); result.ExitCode != 0 {
		t.Errorf("-d 1s: %v", result)
	}
}

func TestNamesTheLessonWithoutKprobes(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	why := bccgo.SupportKprobes()
	if why == nil {
		t.Skip("this kernel has kprobes")
	}
	result := testenv.Run(t, time.Minute, testenv.Tool(t, "01_hello_world"))
	for _, want := range []string{"hello_tracepoint", "kprobe__sys_clone", why.Error()} {
		if result.ExitCode != 1 || !strings.Contains(result.Stderr, want) {
			t.Errorf("want exit status 1 and %q: %v", want, result)
		}
	}
}
