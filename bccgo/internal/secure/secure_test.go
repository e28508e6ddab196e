package secure

import (
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

const askEnv = "BCCGO_TEST_SECURE"

func TestMain(m *testing.M) {
	if os.Getenv(askEnv) != "" {
		if Process() {
			os.Stdout.WriteString("secure, ")
		}
		os.Stdout.WriteString("sees " + Getenv(askEnv))
		return
	}
	os.Exit(m.Run())
}

func TestGiven(t *testing.T) {
	for _, test := range []struct {
		auxv [][2]uintptr
		want bool
	}{
		{[][2]uintptr{{6, 4096}, {atSecure, 0}, {0, 0}}, false},
		{[][2]uintptr{{6, 4096}, {atSecure, 1}, {0, 0}}, true},
		{[][2]uintptr{{6, atSecure}, {0, 0}}, true},
		{nil, true},
	} {
		if got := given(test.auxv); got != test.want {
			t.Errorf("%v: %v", test.auxv, got)
		}
	}
}

// TestProcess runs a copy of this binary as it is, and as a program that gives
// its user other rights.
func TestProcess(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make a program that gives rights")
	}
	for mode, want := range map[os.FileMode]string{0o755: "sees it", 0o755 | os.ModeSetuid: "secure, sees "} {
		cmd := exec.Command(testenv.CopySelf(t, mode))
		cmd.Env = append(os.Environ(), askEnv+"=it")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		if out, err := cmd.Output(); err != nil || string(out) != want {
			t.Errorf("mode %v: %q, %v; want %q", mode, out, err, want)
		}
	}
}
