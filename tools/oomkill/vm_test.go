package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// limit is how much memory the control group of a test may have.
const limit = 20 << 20

// starve starts tail and has it take memory in a control group until it is killed.
// If together, all of the group are killed with it: there is one more, who sleeps.
// The processes are left until the test ends, so that they have names.
func starve(t *testing.T, together bool) (tail, sleeper int) {
	t.Helper()
	write(t, "/sys/fs/cgroup/cgroup.subtree_control", "+memory")
	group := tooltest.Cgroup(t).Name()
	write(t, group+"/memory.max", fmt.Sprint(limit))
	write(t, group+"/memory.swap.max", "0")
	enter := "echo $$ >" + group + "/cgroup.procs; exec "
	if together {
		write(t, group+"/memory.oom.group", "1")
		sleeper = begin(t, enter+"sleep 1000")
		await(t, group+"/cgroup.events", "populated 1")
	}
	tail = begin(t, enter+"tail /dev/zero")
	await(t, group+"/memory.events", "oom_kill [1-9]")
	await(t, group+"/cgroup.events", "populated 0")
	return tail, sleeper
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0); err != nil {
		t.Fatal(err)
	}
}

// begin starts a shell's command, which has to be killed.
func begin(t *testing.T, script string) int {
	t.Helper()
	cmd := exec.Command("sh", "-c", script)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
			t.Errorf("%s: %v", script, err)
		}
	})
	return cmd.Process.Pid
}

// await waits until a file of a control group matches.
func await(t *testing.T, path, pattern string) {
	t.Helper()
	wanted := regexp.MustCompile("(?m)^" + pattern)
	for end := time.Now().Add(testenv.Timeout(time.Minute)); ; time.Sleep(20 * time.Millisecond) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if wanted.Match(text) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s does not get %q:\n%s", path, pattern, text)
		}
	}
}

// kills are those in JSON lines, by their victims.
func kills(t *testing.T, out string) map[int]kill {
	t.Helper()
	all := map[int]kill{}
	for line := range strings.Lines(out) {
		var k kill
		if err := json.Unmarshal([]byte(line), &k); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if age := time.Since(k.Time); age < 0 || age > 5*time.Minute || len(strings.Fields(k.LoadAvg)) != 5 {
			t.Errorf("got %+v", k)
		}
		all[int(k.Victim)] = k
	}
	return all
}

// With the whole group both are seen, whatever way it is traced.
func TestVMGroup(t *testing.T) {
	testenv.VM(t)
	for _, test := range []struct {
		probes string
		pages  uint64
	}{{"kprobe", limit / uint64(os.Getpagesize())}, {"tracepoint", 0}} {
		t.Run(test.probes, func(t *testing.T) {
			p := tooltest.Start(t, "oomkill", "--json", "--probes", test.probes)
			tail, sleeper := starve(t, true)
			got := kills(t, tooltest.Stop(t, p).Stdout)
			for victim, name := range map[int]string{tail: "tail", sleeper: "sleep"} {
				k, found := got[victim]
				if !found || int(k.PID) != tail || k.Comm != "tail" || k.VictimComm != name || k.Pages != test.pages {
					t.Errorf("%s: got %+v (%t), want %d pages and process %d", name, k, found, test.pages, tail)
				}
			}
		})
	}
}

// BCC's own tool shows the same.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	theirs := tooltest.StartTheirs(t, "oomkill", "Tracing OOM kills")
	ours := tooltest.Start(t, "oomkill")
	tail, _ := starve(t, false)
	time.Sleep(testenv.Timeout(time.Second))
	c.Row("a control group's only process", fields(t, tooltest.Stop(t, ours).Stdout, tail), fields(t, tooltest.StopTheirs(t, theirs), tail))
	c.Explained("heading", "results alone are on standard output")
}

// fields are those of the line about a victim that tools agree on; the time is when
// it was printed there.
func fields(t *testing.T, out string, victim int) map[string]string {
	t.Helper()
	for line := range strings.Lines(out) {
		var clock string
		var by, of, pages int
		var comm, name string
		n, _ := fmt.Sscanf(line, "%s Triggered by PID %d (%q), OOM kill of PID %d (%q), %d pages, loadavg: ", &clock, &by, &comm, &of, &name, &pages)
		if n == 6 && of == victim {
			return map[string]string{"trigger": fmt.Sprint(by, comm), "victim": fmt.Sprint(of, name), "pages": fmt.Sprint(pages)}
		}
	}
	t.Errorf("nothing of %d in\n%s", victim, out)
	return nil
}
