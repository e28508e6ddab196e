package cc

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

// rightsEnv makes this test binary a program that compiles and prints the error.
const rightsEnv = "BCCGO_TEST_RIGHTS"

// TestNoCompilerWithRightsOfTheFile starts a copy of this binary that gives its
// user root's rights: as a program that compiles, and as a compile child.
func TestNoCompilerWithRightsOfTheFile(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make a program that gives rights")
	}
	path := testenv.CopySelf(t, 0o755|os.ModeSetuid)
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
