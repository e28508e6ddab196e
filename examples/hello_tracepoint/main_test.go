package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestShowsEachExec(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracefs(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_execve")
	p := testenv.Start(t, testenv.Tool(t, "hello_tracepoint"))
	p.Await("Ctrl-C ends it", time.Minute)

	// One process becomes one program after the other.
	cmd := exec.Command("/bin/sh", "-c", `exec /usr/bin/env /bin/sh -c "exec /bin/true"`)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
	pid := cmd.Process.Pid
	p.Await(fmt.Sprintf(`\(%d\) starts /bin/true$`, pid), 10*time.Second)

	result := p.Stop()
	if result.ExitCode != 0 {
		t.Errorf("Ctrl-C: %v", result)
	}
	line := regexp.MustCompile(fmt.Sprintf(`(?m)^\S.* \(%d\) starts (.*)$`, pid))
	var files []string
	for _, m := range line.FindAllStringSubmatch(result.Stdout, -1) {
		files = append(files, m[1])
	}
	if want := []string{"/bin/sh", "/usr/bin/env", "/bin/sh", "/bin/true"}; !slices.Equal(files, want) {
		t.Errorf("process %d started %q, want %q", pid, files, want)
	}
}
