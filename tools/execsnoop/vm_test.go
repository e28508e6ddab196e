package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// Without a filter, by either kind of probe, all is seen.
func TestVMProbes(t *testing.T) {
	testenv.VM(t)
	for _, kind := range []string{"tracepoint", "kprobe"} {
		t.Run(kind, func(t *testing.T) {
			p := tooltest.Start(t, "execsnoop", "--json", "-x", "--probes", kind)
			wanted := activity(t)
			check(t, tooltest.Stop(t, p).Stdout, wanted)
		})
	}
}

// checkOne checks that of two programs only the first is seen.
func checkOne(t *testing.T, p *testenv.Proc, seen, unseen *exec.Cmd) {
	t.Helper()
	run(t, unseen)
	pid := run(t, seen)
	out := tooltest.Stop(t, p).Stdout
	if !regexp.MustCompile(fmt.Sprintf(`(?m)^echo +%d +\d+ +0 /bin/echo seen$`, pid)).MatchString(out) || strings.Contains(out, "unseen") {
		t.Errorf("process %d alone is to be seen in\n%s", pid, out)
	}
}

func TestVMCgroup(t *testing.T) {
	testenv.VM(t)
	group := tooltest.Cgroup(t)
	p := tooltest.Start(t, "execsnoop", "--cgroupmap", tooltest.PinSet(t, "u64", tooltest.Inode(t, group.Name()), uint64(1)))
	inside := exec.Command("/bin/echo", "seen")
	inside.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(group.Fd())}
	checkOne(t, p, inside, exec.Command("/bin/echo", "unseen"))
}

// A control group's processes are seen by its path and by a container's id, and so
// are those of the groups below it.
func TestVMContainer(t *testing.T) {
	testenv.VM(t)
	id := strings.Repeat("0af7", 16)
	outer := filepath.Join("/sys/fs/cgroup", "docker-"+id+".scope")
	inner := filepath.Join(outer, "below")
	for _, dir := range []string{outer, inner} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Remove(dir) })
	}
	group, err := os.Open(inner)
	if err != nil {
		t.Fatal(err)
	}
	defer group.Close()
	for _, args := range [][]string{{"--cgroup", outer}, {"--container", id[:12]}} {
		p := tooltest.Start(t, "execsnoop", args...)
		inside := exec.Command("/bin/echo", "seen")
		inside.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(group.Fd())}
		checkOne(t, p, inside, exec.Command("/bin/echo", "unseen"))
	}
}

func TestVMMountNamespace(t *testing.T) {
	testenv.VM(t)
	for _, args := range [][]string{
		{"--mntnsmap", tooltest.PinSet(t, "u32", tooltest.Inode(t, "/proc/self/ns/mnt"), uint32(1))},
		{"--mntns", fmt.Sprint(os.Getpid())},
	} {
		p := tooltest.Start(t, "execsnoop", args...)
		outside := exec.Command("/bin/echo", "unseen")
		outside.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
		checkOne(t, p, exec.Command("/bin/echo", "seen"), outside)
	}
}

// BCC's own tool and this one see the same.
func TestVMSideBySide(t *testing.T) {
	side := tooltest.SideBySide(t)
	theirs := tooltest.StartTheirs(t, "execsnoop", "PCOMM .*ARGS", "-x", "-U")
	ours := tooltest.Start(t, "execsnoop", "-x", "-U")
	tag := fmt.Sprintf("side-by-side-%d", os.Getpid())
	script := filepath.Join(t.TempDir(), tag)
	text := "#!/bin/sh\n/bin/echo " + tag + " 'two words' '' >/dev/null\n/bin/true " + tag +
		"\n/usr/bin/env nosuch-" + tag + "\n(exec /bin/sh -c 'exec /bin/echo in '" + tag + ") >/dev/null\n" +
		"/bin/echo $(/usr/bin/seq 30) " + tag + " >/dev/null\n"
	if err := os.WriteFile(script, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(script)
	// One folder, one vain call: of several in a row that change processors
	// BCC's tool makes one line.
	cmd.Env = []string{"PATH=/usr/bin"}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	time.Sleep(testenv.Timeout(2 * time.Second))
	got := rows(tooltest.Stop(t, ours).Stdout, cmd.Process.Pid)
	want := rows(tooltest.StopTheirs(t, theirs), cmd.Process.Pid)
	if len(want) < 8 || !slices.Equal(got, want) {
		t.Errorf("ours:\n%s\nBCC's:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	side.Lines("programs", got, want)
}

// rows are the lines of a process and its children in the order of process ids,
// in single spaces and without the mark for more arguments: that of BCC 0.26
// comes out empty.
func rows(out string, pid int) []string {
	var rows []string
	for line := range strings.Lines(out) {
		f := strings.Fields(line) // UID COMM PID PPID RET ARGS
		if len(f) > 5 && (f[2] == fmt.Sprint(pid) || f[3] == fmt.Sprint(pid)) {
			rows = append(rows, strings.TrimSuffix(strings.Join(f, " "), " ..."))
		}
	}
	slices.SortStableFunc(rows, func(a, b string) int {
		return strings.Compare(strings.Fields(a)[2], strings.Fields(b)[2])
	})
	return rows
}
