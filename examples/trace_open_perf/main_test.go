package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

var row = regexp.MustCompile(`^(\d\d:\d\d:\d\d\.\d{6}) +(\d+) +(\S+) +(/.*)$`)

func TestShowsEachOpen(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_openat")
	p := testenv.Start(t, testenv.Tool(t, "trace_open_perf"), "-p", fmt.Sprint(os.Getpid()))
	p.Await("Ctrl-C ends it", time.Minute)

	testenv.Run(t, 10*time.Second, "cat", "/etc/passwd")
	begin := time.Now()
	names, _ := activity.OpenFiles(t)
	end := time.Now()
	p.Await(names[len(names)-1]+"$", 10*time.Second)

	result := p.Stop()
	heading, body, _ := strings.Cut(result.Stdout, "\n")
	if result.ExitCode != 0 || heading != "TIME            PID     COMM             FILE" {
		t.Errorf("heading: %v", result)
	}
	comm := filepath.Base(os.Args[0])
	comm = comm[:min(15, len(comm))]
	at := make(map[string]time.Time)
	for line := range strings.Lines(body) {
		m := row.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil || m[2] != fmt.Sprint(os.Getpid()) || m[3] != comm {
			t.Errorf("%q: want a row of process %d, %s", line, os.Getpid(), comm)
			continue
		}
		when, err := time.ParseInLocation(time.DateOnly+" 15:04:05.000000", begin.Format(time.DateOnly+" ")+m[1], time.Local)
		if err != nil {
			t.Fatal(err)
		}
		at[m[4]] = when
	}
	// The clock that programs read may be a little off the time of day.
	const slack = 10 * time.Millisecond
	last := begin.Add(-slack)
	for _, name := range names {
		if when, ok := at[name]; !ok || when.Before(last) || when.After(end.Add(slack)) {
			t.Errorf("%s opened at %v (%v), want from %v to %v", name, when, ok, last, end)
		}
		last = at[name]
	}
	if t.Failed() {
		t.Log(result)
	}
}
