package activity

import (
	"os/exec"
	"strings"
	"testing"
)

// Fork runs a shell that makes n processes, each by one call of clone, and
// returns the shell's process id. The shell's name is "sh".
func Fork(t testing.TB, n int) (pid int) {
	t.Helper()
	// The last command is not a subshell: for that the shell would not fork.
	cmd := exec.Command("sh", "-c", strings.Repeat("(:); ", n)+":")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
	return cmd.Process.Pid
}
