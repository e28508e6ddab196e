package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestShowsStrings(t *testing.T) {
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedTracefs(t)
	testenv.NeedHeaders(t)
	testenv.NeedProgram(t, "gcc")
	target, other := activity.StartStrlen(t), activity.StartStrlen(t)
	p := testenv.Start(t, testenv.Tool(t, "strlen_snoop"), "-p", strconv.Itoa(target.Pid()))
	p.Await("Ctrl-C ends it", time.Minute)

	other.Tell("of another process")
	long := strings.Repeat("long ", 20) // longer than the program's buffer
	for _, text := range []string{"one", "two  words: 100%", long, "last"} {
		target.Tell(text)
	}
	p.Await(" last$", 10*time.Second)

	result := p.Stop()
	if result.ExitCode != 0 || !strings.HasPrefix(result.Stdout, "SECONDS          TASK             TID     STRING\n") {
		t.Errorf("heading: %v", result)
	}
	row := regexp.MustCompile(fmt.Sprintf(`(?m)^\d+\.\d{6} +\S+ +%-7d (.*)$`, target.Pid()))
	var texts []string
	for _, m := range row.FindAllStringSubmatch(result.Stdout, -1) {
		texts = append(texts, m[1])
	}
	if want := []string{"one", "two  words: 100%", long[:79], "last"}; !slices.Equal(texts, want) {
		t.Errorf("%q, want %q: %v", texts, want, result)
	}
	if strings.Contains(result.Stdout, "of another process") {
		t.Errorf("process %d is shown: %v", other.Pid(), result)
	}
}

func TestNeedsAProcess(t *testing.T) {
	testenv.Live(t)
	result := testenv.Run(t, time.Minute, testenv.Tool(t, "strlen_snoop"))
	if result.ExitCode != 1 || !strings.Contains(result.Stderr, "-p PID") {
		t.Errorf("%v", result)
	}
}
