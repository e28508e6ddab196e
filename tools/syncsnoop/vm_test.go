package main

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// Without a filter, by either kind of probe, all is seen.
func TestVMProbes(t *testing.T) {
	testenv.VM(t)
	kinds := []string{"tracepoint", "kprobe"}
	tools := tooltest.StartAll(t, "syncsnoop", []string{"--json", "--probes", kinds[0]}, []string{"--json", "--probes", kinds[1]})
	begin := bccgo.MonotonicTime()
	want := syncs(t, true)
	end := bccgo.MonotonicTime()
	for i, kind := range kinds {
		t.Run(kind, func(t *testing.T) { check(t, tooltest.Stop(t, tools[i]).Stdout, begin, end, want) })
	}
}

// BCC's tool and this one see the same syncs at the same times.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	theirs := tooltest.StartTheirs(t, "syncsnoop", "TIME.*CALL")
	ours := tooltest.Start(t, "syncsnoop")
	for range 3 {
		if out, err := exec.Command("sync").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	time.Sleep(testenv.Timeout(time.Second))
	mine, bcc := rows(tooltest.Stop(t, ours).Stdout), rows(tooltest.StopTheirs(t, theirs))
	if len(mine) != 3 || len(bcc) != 3 {
		t.Fatalf("of three, ours saw %v and BCC's %v", mine, bcc)
	}
	for i := range bcc {
		var our, their float64
		fmt.Sscan(mine[i]["TIME(s)"], &our)
		fmt.Sscan(bcc[i]["TIME(s)"], &their)
		if diff := our - their; diff < -0.1 || diff > 0.1 {
			t.Errorf("ours at %f, BCC's at %f", our, their)
		}
		c.Row("sync", map[string]string{"CALL": mine[i]["CALL"]}, map[string]string{"CALL": bcc[i]["CALL"]})
	}
	c.Explained("TIME(s)", "each tool reads the clock in a program of its own; they are less than 0.1 s apart")
	c.Explained("COMM", "BCC's tool of this version does not have it, nor other calls than sync; TestVMProbes checks them")
}

// rows are the lines of sync.
func rows(stdout string) []map[string]string {
	var out []map[string]string
	for line := range strings.Lines(stdout) {
		if f := strings.Fields(line); len(f) >= 2 && f[len(f)-1] == "sync()" {
			out = append(out, map[string]string{"TIME(s)": f[0], "CALL": f[len(f)-1]})
		}
	}
	return out
}
