package tooltest

import (
	"os"
	"testing"
	"time"
)

func TestCostOfThisProcess(t *testing.T) {
	begin := costOf(t, os.Getpid())
	for end := time.Now().Add(10 * time.Second); costOf(t, os.Getpid()).CPU < begin.CPU+50*time.Millisecond; {
		if time.Now().After(end) {
			t.Fatal("no processor time is counted")
		}
	}
	if begin.Memory < 1024 || begin.Memory > 1<<22 {
		t.Errorf("%d KiB", begin.Memory)
	}
}

func TestCPUTime(t *testing.T) {
	stat := "7 (a) b) S 1 7 7 0 -1 4194560 100 0 0 0 125 75 0 0 20 0 1 0 5 0 0"
	if got := cpuTime(t, []byte(stat)); got != 2*time.Second {
		t.Errorf("got %v", got)
	}
}
