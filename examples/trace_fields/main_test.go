package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// trace starts the program, forks, and returns the lines of the shell that did.
func trace(t *testing.T, forks int, line string, args ...string) []string {
	t.Helper()
	p := testenv.Start(t, append([]string{testenv.Tool(t, "trace_fields")}, args...)...)
	p.Await("Ctrl-C ends it", time.Minute)
	pid := activity.Fork(t, forks)
	line = fmt.Sprintf(line, pid)
	p.Await(fmt.Sprintf(`(?s)(?:%s.*?){%d}`, line, forks), 10*time.Second)
	result := p.Stop()
	if result.ExitCode != 0 {
		t.Errorf("Ctrl-C: %v", result)
	}
	return regexp.MustCompile("(?m)"+line).FindAllString(result.Stdout, -1)
}

func TestPrintsFields(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	testenv.NeedTracefs(t)

	for name, c := range map[string]struct {
		line string
		args []string
	}{
		"as it comes":    {line: `^%-7d (?:sh|<\.\.\.>) +forks$`},
		"another layout": {line: `^{\d+\.\d{3}} cpu [01] forks %d$`, args: []string{"-f", "{{{4:.3f}}} cpu {2} {5} {1}"}},
	} {
		t.Run(name, func(t *testing.T) {
			const forks = 4
			if lines := trace(t, forks, c.line, c.args...); len(lines) != forks {
				t.Errorf("%d lines for %d forks: %q", len(lines), forks, lines)
			}
		})
	}
}

func TestRefusesWrongLayout(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	testenv.NeedTracefs(t)
	result := testenv.Run(t, time.Minute, testenv.Tool(t, "trace_fields"), "-f", "{6}")
	if result.ExitCode == 0 || result.Stdout != "" || !strings.Contains(result.Stderr, "{6}") {
		t.Errorf("want an error about {6}: %v", result)
	}
}
