package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// By the function, more is known; without -v silent checks are left out.
func TestVMFunction(t *testing.T) {
	testenv.VM(t)
	const (
		chroot = "18 CAP_SYS_CHROOT 0 audit:1 insetid:0 granted:N/A"
		setuid = "7 CAP_SETUID 0 audit:1 insetid:1 granted:N/A"
	)
	p := tooltest.Start(t, "capable", "--json", "-KU")
	tid := activity(t)
	all := seen(t, tooltest.Stop(t, p).Stdout, tid)
	if got, want := short(all), []string{chroot, chroot, chroot, setuid, chroot}; !slices.Equal(got, want) || silent(all) == 0 {
		t.Errorf("got %q, %d silent, want %q", got, silent(all), want)
	}
	for _, c := range all {
		if c.Cap == capSysAdmin && digit(c.Audit) != "0" {
			t.Errorf("silent, but audit is %s", digit(c.Audit))
		}
	}
	checkStacks(t, all)
}

func TestVMAudited(t *testing.T) {
	testenv.VM(t)
	p := testenv.Start(t, testenv.Tool(t, "capable"), "-x", "--unique")
	p.Await("(?m)^TIME .* INSETID$", time.Minute)
	tid := activity(t)
	var got []string
	for line := range strings.Lines(tooltest.Stop(t, p).Stdout) {
		if f := strings.Fields(line); len(f) == 9 && f[3] == fmt.Sprint(tid) {
			got = append(got, strings.Join(slices.Delete(f, 4, 5)[1:], " "))
		}
	}
	who := fmt.Sprintf("0 %d %d ", os.Getpid(), tid)
	if want := []string{who + "18 CAP_SYS_CHROOT 1 0", who + "7 CAP_SETUID 1 1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// BCC's own tool shows the same of programs with one thread.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	theirs := tooltest.StartTheirs(t, "capable", "INSETID", "-vx")
	ours := tooltest.Start(t, "capable", "-x")
	var pids []string
	for _, argv := range [][]string{{"chroot", "/", "true"}, {"setpriv", "--reuid", "65534", "true"}} {
		cmd := exec.Command(argv[0], argv[1:]...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		pids = append(pids, fmt.Sprint(cmd.Process.Pid))
	}
	time.Sleep(testenv.Timeout(time.Second))
	got, want := rows(tooltest.Stop(t, ours).Stdout, pids), rows(tooltest.StopTheirs(t, theirs), pids)
	for _, name := range []string{"CAP_SYS_CHROOT", "CAP_SETUID"} {
		if !slices.ContainsFunc(want, func(r string) bool { return strings.Contains(r, name) }) {
			t.Errorf("BCC's does not show %s: %q", name, want)
		}
	}
	c.Lines("checks", got, want)
	c.Explained("TID", "of programs with several threads, BCC's has PID and TID the other way round")
}

// rows are the lines of processes, sorted, without their times.
func rows(out string, pids []string) []string {
	var rows []string
	for line := range strings.Lines(out) {
		if f := strings.Fields(line); len(f) == 9 && slices.Contains(pids, f[2]) {
			rows = append(rows, strings.Join(f[1:], " "))
		}
	}
	slices.Sort(rows)
	return rows
}
