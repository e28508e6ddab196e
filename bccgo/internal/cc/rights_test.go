package cc

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// rightsEnv makes this test binary a program that compiles and prints the error.
const rightsEnv = "BCCGO_TEST_RIGHTS"

// TestNoCompilerWithRightsOfTheFile starts a copy of this binary that gives its
// user root's rights: as a program that compiles, and as a compile child.
func TestNoCompilerWithRightsOfTheFile(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make a program that gives rights")
	}
	// Not in the test's own folder, which the other user cannot enter.
	dir, err := os.MkdirTemp("/var/tmp", "rights")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "giving")
	copyProgram(t, path)
	for _, mark := range []string{rightsEnv, childEnv} {
		cmd := exec.Command(path)
		cmd.Env = append(os.Environ(), mark+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "rights that its user lacks") {
			t.Errorf("%s: %v: %s", mark, err, out)
		}
	}
}

// copyProgram copies this binary and sets its set-user-ID bit.
func copyProgram(t *testing.T, path string) {
	t.Helper()
	from, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(to, from)
	if closeErr := to.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Chmod(path, 0o755|os.ModeSetuid)
	}
	if err != nil {
		t.Fatal(err)
	}
}
