package testenv

import (
	"fmt"
	"os"
	"testing"
	"time"
)

// StageEnv is the environment variable that holds the stage.
const StageEnv = "BCCGO_TEST_STAGE"

// Stage is where tests run.
type Stage string

// The stages; see the package documentation.
const (
	StageUnit Stage = "unit"
	StageLive Stage = "live"
	StageVM   Stage = "vm"
)

// vmSlowdown is how much longer than on the machine itself things may take in
// the emulated one.
const vmSlowdown = 6

// geteuid is replaced by this package's own tests.
var geteuid = os.Geteuid

// Current returns the stage this test binary runs in. It panics on an unknown
// one, so that a typing error does not turn every test into a skipped one.
func Current() Stage {
	switch s := Stage(os.Getenv(StageEnv)); s {
	case "":
		return StageUnit
	case StageUnit, StageLive, StageVM:
		return s
	default:
		panic(fmt.Sprintf("%s=%s: want unit, live or vm", StageEnv, s))
	}
}

// Live marks a test that uses BPF as root, and touches only what it made
// itself. It runs on the machine and in the VM. In those stages not being root
// fails the test.
func Live(t testing.TB) {
	t.Helper()
	if Current() == StageUnit {
		t.Skip("live-kernel test: run by make test")
	}
	needRoot(t)
}

// VM marks a test that changes or observes the whole system. It runs in the
// virtual machine only.
func VM(t testing.TB) {
	t.Helper()
	if Current() != StageVM {
		t.Skip("system-wide test: run in the VM by make test")
	}
	needRoot(t)
}

// NotEmulated leaves a test out of the virtual machine, where it takes long, or is
// about user space alone, and shows nothing that other tests do not show there.
func NotEmulated(t testing.TB) {
	t.Helper()
	if Current() == StageVM {
		t.Skip("shown on the machine itself, and what differs there by other tests")
	}
}

func needRoot(t testing.TB) {
	t.Helper()
	if uid := geteuid(); uid != 0 {
		t.Fatalf("stage %s needs root, not user %d; run make test as root", Current(), uid)
	}
}

// Timeout returns how long to wait for something that takes less than d on the
// machine itself: d, and a multiple of it in the emulated one.
func Timeout(d time.Duration) time.Duration {
	if Current() == StageVM {
		return vmSlowdown * d
	}
	return d
}
