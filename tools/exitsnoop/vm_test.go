package main

import (
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

// Without a filter every process is there, those with a core dump too.
func TestVMAll(t *testing.T) {
	testenv.VM(t)
	p := tooltest.Start(t, "exitsnoop", "--json")
	var all []*ending
	var ages []float64
	for _, way := range ways {
		e := shell(t, way.script)
		all, ages = append(all, e), append(ages, e.finish())
	}
	dumped := dumpCore(t)
	got := exits(t, tooltest.Stop(t, p).Stdout)
	for i, way := range ways {
		e := only(t, got, all[i].Pid())
		checkExit(t, e, all[i], ages[i])
		if e.Code != way.code || e.Signal != way.signal {
			t.Errorf("%s: got %+v", way.name, e)
		}
	}
	if e := only(t, got, dumped); e.Signal != 3 || !e.CoreDumped || e.how() != "signal 3 (QUIT), core dumped" {
		t.Errorf("got %+v", e)
	}
}

// dumpCore runs a process that dumps its core.
func dumpCore(t *testing.T) int {
	t.Helper()
	const pattern = "/proc/sys/kernel/core_pattern"
	old, err := os.ReadFile(pattern)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(pattern, []byte("core"), 0); err != nil {
		t.Fatal(err)
	}
	defer os.WriteFile(pattern, old, 0)
	cmd := exec.Command("sh", "-c", "ulimit -c unlimited; kill -QUIT $$")
	cmd.Dir = t.TempDir()
	if err := cmd.Run(); err == nil || !strings.Contains(err.Error(), "core dumped") {
		t.Fatalf("the shell ended with %v", err)
	}
	return cmd.Process.Pid
}

// Of two processes with many threads that are killed, each is there once.
func TestVMOnce(t *testing.T) {
	testenv.VM(t)
	p := tooltest.Start(t, "exitsnoop", "--json", "-x")
	const n = 8
	var pids [n]int
	for i := range n {
		// A Go program has several threads.
		cmd := exec.Command(testenv.Tool(t, "bccgo"), "doctor")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(testenv.Timeout(50 * time.Millisecond))
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // killed
		pids[i] = cmd.Process.Pid
	}
	all := exits(t, tooltest.Stop(t, p).Stdout)
	for _, pid := range pids {
		if e := only(t, all, pid); e.Signal != 9 || e.TID != uint32(pid) {
			t.Errorf("got %+v", e)
		}
	}
}

// BCC's own tool and this one print the same.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	theirs := tooltest.StartTheirs(t, "exitsnoop", "PCOMM .*EXIT_CODE", "--label", "x")
	ours := tooltest.Start(t, "exitsnoop", "--label", "x")
	for _, way := range ways {
		shell(t, way.script).finish()
	}
	shell(t, "sleep 1").finish()
	first := helper(t, "leader first")
	first.finish()
	time.Sleep(testenv.Timeout(time.Second))
	own := fmt.Sprint(os.Getpid())
	got, want := rows(tooltest.Stop(t, ours).Stdout, own), rows(tooltest.StopTheirs(t, theirs), own)
	if len(got) != len(ways)+2 || len(want) != len(got) {
		t.Fatalf("ours:\n%v\nBCC's:\n%v", got, want)
	}
	for pid, our := range got {
		their := want[pid]
		if pid == fmt.Sprint(first.Pid()) {
			if our["EXIT_CODE"] != "code 7" || their["EXIT_CODE"] != "0" {
				t.Errorf("a process whose first thread ends first: %v, BCC's %v", our, their)
			}
			delete(our, "EXIT_CODE")
			delete(their, "EXIT_CODE")
			delete(our, "AGE(s)")
			delete(their, "AGE(s)")
			c.Explained("EXIT_CODE, AGE(s)", "BCC's tool takes the end of the first thread for that of the process")
		}
		if our["EXIT_CODE"] == "signal 34 (RTMIN)" && their["EXIT_CODE"] == "signal 34 (unknown)" {
			delete(our, "EXIT_CODE")
			delete(their, "EXIT_CODE")
			c.Explained("EXIT_CODE", "BCC's tool has no names for real-time signals")
		}
		c.Row("process "+pid, our, their)
	}
}

var rowRE = regexp.MustCompile(`(?m)^(\S+) +(\S+) +(\d+) +(\d+) +(\d+) +(\d+\.\d\d) +(.*\S) *$`)

// rows are the rows of a process's children by their number.
func rows(out, ppid string) map[string]map[string]string {
	all := make(map[string]map[string]string)
	for _, m := range rowRE.FindAllStringSubmatch(out, -1) {
		if m[4] == ppid {
			all[m[3]] = map[string]string{"LABEL": m[1], "PCOMM": m[2], "PID": m[3], "PPID": m[4], "TID": m[5], "AGE(s)": m[6], "EXIT_CODE": m[7]}
		}
	}
	return all
}
