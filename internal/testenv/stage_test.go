package testenv

import (
	"strings"
	"testing"
	"time"
)

func TestStages(t *testing.T) {
	defer func(old func() int) { geteuid = old }(geteuid)
	for _, test := range []struct {
		stage string
		uid   int
		live  string
		vm    string
	}{
		{"", 0, "skip", "skip"},
		{"unit", 0, "skip", "skip"},
		{"unit", 1000, "skip", "skip"},
		{"live", 0, "run", "skip"},
		{"live", 1000, "fatal", "skip"},
		{"vm", 0, "run", "run"},
		{"vm", 1000, "fatal", "fatal"},
	} {
		t.Setenv(StageEnv, test.stage)
		geteuid = func() int { return test.uid }
		if how, why := outcome(Live); how != test.live {
			t.Errorf("stage %q uid %d: Live ends with %s (%s), want %s", test.stage, test.uid, how, why, test.live)
		}
		if how, why := outcome(VM); how != test.vm {
			t.Errorf("stage %q uid %d: VM ends with %s (%s), want %s", test.stage, test.uid, how, why, test.vm)
		}
	}
}

func TestSkipReason(t *testing.T) {
	t.Setenv(StageEnv, "unit")
	if _, why := outcome(Live); why != "live-kernel test: run by make test" {
		t.Errorf("Live skips with %q", why)
	}
}

func TestUnknownStagePanics(t *testing.T) {
	t.Setenv(StageEnv, "lvie")
	defer func() {
		if r, _ := recover().(string); !strings.Contains(r, "lvie") {
			t.Errorf("panic value %q does not name the stage", r)
		}
	}()
	Current()
	t.Error("an unknown stage was accepted")
}

func TestTimeoutIsLongerInTheVM(t *testing.T) {
	t.Setenv(StageEnv, "live")
	if got := Timeout(time.Second); got != time.Second {
		t.Errorf("live: %v, want 1s", got)
	}
	t.Setenv(StageEnv, "vm")
	if got := Timeout(time.Second); got <= time.Second {
		t.Errorf("vm: %v, want more than 1s", got)
	}
}
