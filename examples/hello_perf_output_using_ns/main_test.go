package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/examples/internal/activity"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// forkInside runs a shell in the pid namespace of a process. It forks twice,
// and returns the pids it has inside and outside.
func forkInside(t *testing.T, target int) (inside, outside string) {
	t.Helper()
	// In /proc, which was mounted outside, self is the pid outside.
	const script = `read -r outside rest </proc/self/stat; (:); (:); echo $$ $outside`
	cmd := exec.Command("nsenter", "--target", strconv.Itoa(target), "--pid", "sh", "-c", script)
	out, err := cmd.CombinedOutput()
	inside, outside, ok := strings.Cut(strings.TrimSpace(string(out)), " ")
	if err != nil || !ok {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
	return inside, outside
}

func TestShowsPidsOfItsNamespace(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "sched:sched_process_fork")
	testenv.NeedProgram(t, "nsenter")
	cmd := exec.Command(testenv.Tool(t, "hello_perf_output_using_ns"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID}
	p := testenv.StartCmd(t, cmd)
	p.Await("Ctrl-C ends it", time.Minute)

	stranger := activity.Fork(t, 2)
	inside, outside := forkInside(t, p.Pid())
	if inside == outside {
		t.Fatalf("the shell is %s inside and outside", inside)
	}
	row := fmt.Sprintf(`^sh +%s +%s$`, inside, outside)
	p.Await(fmt.Sprintf(`(?s)(?:%s.*?){2}`, row), 10*time.Second)

	result := p.Stop()
	if result.ExitCode != 0 || !strings.HasPrefix(result.Stdout, "TASK             PID     OUTSIDE\n") {
		t.Errorf("heading: %v", result)
	}
	if rows := regexp.MustCompile("(?m)"+row).FindAllString(result.Stdout, -1); len(rows) != 2 {
		t.Errorf("%d rows for 2 forks of the shell %s (outside %s): %v", len(rows), inside, outside, result)
	}
	if regexp.MustCompile(fmt.Sprintf(`(?m) %d$`, stranger)).MatchString(result.Stdout) {
		t.Errorf("process %d of another namespace is shown: %v", stranger, result)
	}
}
