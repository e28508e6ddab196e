package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// Without a filter, by either kind of probe, all is seen.
func TestVMProbes(t *testing.T) {
	testenv.VM(t)
	dir := t.TempDir()
	other, goOn, old := lookOld(t, dir)
	other.AwaitRest()
	kinds := []string{"tracepoint", "kprobe"}
	tools := tooltest.StartAll(t, "statsnoop", []string{"--json", "--probes", kinds[0]}, []string{"--json", "--probes", kinds[1]})
	want := looks(t, dir)
	goOn()
	for i, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			stdout := tooltest.Stop(t, tools[i]).Stdout
			check(t, seen(t, stdout, os.Getpid(), want), want)
			check(t, seen(t, stdout, other.Pid(), old), old)
		})
	}
}

// The calls that BCC's tool traces in this version are the same in both.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	dir := t.TempDir()
	other, goOn, old := lookOld(t, dir)
	other.AwaitRest()
	theirs := tooltest.StartTheirs(t, "statsnoop", "PID .*PATH")
	ours := tooltest.Start(t, "statsnoop")
	goOn()
	looks(t, dir)
	time.Sleep(testenv.Timeout(time.Second))
	mine, bcc := rows(tooltest.Stop(t, ours).Stdout, dir), rows(tooltest.StopTheirs(t, theirs), dir)
	for key, row := range bcc {
		c.Row(key, mine[key], row)
	}
	if len(bcc) < len(old) {
		t.Errorf("BCC's tool saw only %v", bcc)
	}
	c.Explained("newfstatat", "BCC's tool of this version does not trace it, which is how C libraries call stat today; TestVMProbes checks it")
}

// rows are the lines about paths in a folder, whose names are the rest of a call, by
// process, path and error: a path is looked up by several calls.
func rows(stdout, dir string) map[string]map[string]string {
	out := make(map[string]map[string]string)
	for line := range strings.Lines(stdout) {
		f := strings.Fields(line)
		if len(f) != 5 || f[4] != dir && f[4] != dir+"/missing" {
			continue
		}
		key := strings.Join(slices.Concat(f[:1], f[3:]), " ")
		out[key] = map[string]string{"PID": f[0], "COMM": f[1], "FD": f[2], "ERR": f[3], "PATH": f[4]}
	}
	return out
}
