package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func noWay() (kprobes, fentry bool) {
	return bccgo.SupportKprobes() != nil, bccgo.SupportKfunc() != nil
}

// total adds up what JSON lines tell, in the order of stats.
func total(t *testing.T, stdout string) (lines int, sums [8]uint64) {
	t.Helper()
	for line := range strings.Lines(stdout) {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.Time.IsZero() || !(r.Seconds > 0) {
			t.Fatalf("%q: %v", line, err)
		}
		for i, n := range []uint64{r.Read, r.Write, r.Fsync, r.Open, r.Create, r.Unlink, r.Mkdir, r.Rmdir} {
			sums[i] += n
		}
		lines++
	}
	return lines, sums
}

// A process's calls are counted exactly, by either kind of probe, and everybody's
// are at least as many. With a number of outputs the tool ends by itself.
func TestVMCounts(t *testing.T) {
	testenv.VM(t)
	testenv.NeedKprobes(t)
	testenv.NeedFentry(t)
	user := tooltest.StartFileUser(t)
	pid := fmt.Sprint(user.Pid())
	tools := tooltest.StartAll(t, "vfsstat", []string{"--json", "-p", pid}, []string{"--json", "-p", pid, "--probes", "kprobe", "100"},
		[]string{"--json", "100"}, []string{"0.5", "3"})
	fast, slow, all, counted := tools[0], tools[1], tools[2], tools[3]
	const n = 100
	user.Use(n)
	want := [8]uint64{n + 1, n + 1, n, n, n, n, n, n}
	if lines, got := total(t, tooltest.StopNow(t, fast).Stdout); got != want || lines == 0 {
		t.Errorf("by fentry, in %d intervals: %v, want %v", lines, got, want)
	}
	if lines, got := total(t, tooltest.StopNow(t, slow).Stdout); got != want || lines != 1 {
		t.Errorf("by kprobes, in %d intervals: %v, want %v", lines, got, want)
	}
	if _, got := total(t, tooltest.StopNow(t, all).Stdout); got[0] <= want[0] || got[3] < want[3] || got[7] < want[7] {
		t.Errorf("of all processes: %v", got)
	}
	if !strings.Contains(fast.Stderr(), "virtual file system: fentry") || !strings.Contains(slow.Stderr(), "virtual file system: kprobe") {
		t.Errorf("not as asked: %s%s", fast.Stderr(), slow.Stderr())
	}
	if r := counted.Wait(time.Minute); r.ExitCode != 0 || strings.Count(r.Stdout, "\n") != 4 {
		t.Errorf("three outputs and the heading were asked for: %v", r)
	}
}

// BCC's tool and this one count the same of a process, all seconds taken together.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	user := tooltest.StartFileUser(t)
	pid := fmt.Sprint(user.Pid())
	theirs := tooltest.StartTheirs(t, "vfsstat", "TIME .*READ", "-p", pid)
	ours := tooltest.Start(t, "vfsstat", "--json", "-p", pid)
	const n = 400
	user.Use(n)
	time.Sleep(testenv.Timeout(2 * time.Second))
	_, mine := total(t, tooltest.Stop(t, ours).Stdout)
	bcc := sums(tooltest.StopTheirs(t, theirs))
	for i, name := range []string{"READ/s", "WRITE/s", "FSYNC/s", "OPEN/s", "CREATE/s"} {
		c.Row(name, map[string]string{name: fmt.Sprint(mine[i])}, map[string]string{name: fmt.Sprint(bcc[name])})
	}
	if want := [8]uint64{n + 1, n + 1, n, n, n, n, n, n}; mine != want {
		t.Errorf("got %v, want %v", mine, want)
	}
	c.Explained("UNLINK/s", "BCC's tool of this version has no columns UNLINK/s, MKDIR/s and RMDIR/s; TestVMCounts checks them")
}

// sums adds up a table's columns, by their headings, of outputs a second long.
func sums(stdout string) map[string]int {
	out := make(map[string]int)
	var names []string
	for line := range strings.Lines(stdout) {
		f := strings.Fields(line)
		if len(f) > 0 && f[0] == "TIME" {
			names = f[1:]
			continue
		}
		for i, name := range names {
			if i+1 < len(f) {
				var n int
				fmt.Sscan(f[i+1], &n)
				out[name] += n
			}
		}
	}
	return out
}
