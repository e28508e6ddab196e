package testenv

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestRunSeparatesOutput(t *testing.T) {
	got := Run(t, 5*time.Second, "sh", "-c", "echo one; echo two >&2; exit 3")
	if want := (Result{Stdout: "one\n", Stderr: "two\n", ExitCode: 3}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAwaitThenStop(t *testing.T) {
	p := Start(t, "sh", "-c", "trap 'echo bye; exit 0' INT; echo pid $$; echo ready >&2; while :; do sleep 0.02; done")
	p.Await(`^ready$`, 5*time.Second)
	if got := p.Await(`pid \d+`, 5*time.Second); !strings.HasPrefix(got, "pid ") {
		t.Errorf("matched %q", got)
	}
	got := p.Stop()
	if got.ExitCode != 0 || !strings.HasSuffix(got.Stdout, "bye\n") {
		t.Errorf("after an interrupt: %v", got)
	}
}

// TestStopFromBackground runs TestAwaitThenStop as a shell's background job
// would be run, with interrupts ignored.
func TestStopFromBackground(t *testing.T) {
	got := Run(t, 20*time.Second, "sh", "-c", "trap '' INT; exec \"$0\" '-test.run=^TestAwaitThenStop$'", os.Args[0])
	if got.ExitCode != 0 {
		t.Errorf("with interrupts ignored: %v", got)
	}
}

func TestSignalEnds(t *testing.T) {
	p := Start(t, "sleep", "60")
	p.Signal(syscall.SIGTERM)
	if got := p.Wait(5 * time.Second); got.Signal != syscall.SIGTERM || got.ExitCode != -1 {
		t.Errorf("after SIGTERM: %v", got)
	}
}

func TestAwaitFails(t *testing.T) {
	t.Setenv(StageEnv, "unit")
	how, why := outcome(func(tb testing.TB) {
		Start(tb, "sh", "-c", "echo something else").Await("never", 5*time.Second)
	})
	if how != "fatal" || !strings.Contains(why, "ended before") || !strings.Contains(why, "something else") {
		t.Errorf("process that ended: %s: %s", how, why)
	}
	how, why = outcome(func(tb testing.TB) {
		Start(tb, "sleep", "60").Await("never", 100*time.Millisecond)
	})
	if how != "fatal" || !strings.Contains(why, "not seen in 100ms") {
		t.Errorf("timeout: %s: %s", how, why)
	}
}

func TestWaitFails(t *testing.T) {
	t.Setenv(StageEnv, "unit")
	how, why := outcome(func(tb testing.TB) { Run(tb, 100*time.Millisecond, "sleep", "60") })
	if how != "fatal" || !strings.Contains(why, "still running after 100ms") {
		t.Errorf("%s: %s", how, why)
	}
}

func TestStartFails(t *testing.T) {
	how, why := outcome(func(tb testing.TB) { Start(tb, "/no/such/program") })
	if how != "fatal" || !strings.Contains(why, "/no/such/program") {
		t.Errorf("%s: %s", how, why)
	}
}

// TestGroupIsKilled checks that a grandchild does not outlive the test.
func TestGroupIsKilled(t *testing.T) {
	group := 0
	how, why := outcome(func(tb testing.TB) {
		p := Start(tb, "sh", "-c", "sleep 60 & echo started; wait")
		group = p.Pid()
		p.Await("started", 5*time.Second)
	})
	if how != "run" {
		t.Fatalf("%s: %s", how, why)
	}
	// A killed grandchild is a zombie until init collects it.
	for range 100 {
		if syscall.Kill(-group, 0) == syscall.ESRCH {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("process group %d still has members", group)
}
