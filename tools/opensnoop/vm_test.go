package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// Without a filter, by either kind of probe, all is seen.
func TestVMProbes(t *testing.T) {
	testenv.VM(t)
	for _, kind := range []string{"tracepoint", "kprobe"} {
		t.Run(kind, func(t *testing.T) {
			p := tooltest.Start(t, "opensnoop", "--json", "-F", "--probes", kind)
			name, want := activity(t)
			check(t, tooltest.Stop(t, p).Stdout, name, want)
		})
	}
}

// Full paths go through mounts, descriptors, deleted and unnamed folders, and
// stop at the process's own root.
func TestVMFullPath(t *testing.T) {
	testenv.VM(t)
	dir := t.TempDir()
	inner := dir + "/mnt/sub"
	if err := os.MkdirAll(dir+"/mnt", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", dir+"/mnt", "tmpfs", 0, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Unmount(dir+"/mnt", unix.MNT_DETACH) })
	if err := os.Mkdir(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(inner+"/f", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	p := tooltest.Start(t, "opensnoop", "-F", "-n", "busybox")
	for _, test := range []struct{ dir, file string }{
		{inner, "f"}, {inner, "../sub/f"}, {dir, "mnt/sub/f"}, {"/", "etc/hostname"}, {"/sys/kernel/tracing", "README"}, {"/proc", "self/stat"},
	} {
		cmd := exec.Command("busybox", "cat", test.file)
		cmd.Dir = test.dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", cmd, err, out)
		}
	}
	chroot(t, dir+"/mnt")
	out := tooltest.Stop(t, p).Stdout
	for _, want := range []string{
		inner + "/f", inner + "/../sub/f", dir + "/mnt/sub/f", "/etc/hostname",
		"/sys/kernel/tracing/README", "/proc/self/stat", "/sub/f",
	} {
		if !regexp.MustCompile(`(?m)^\d+ +busybox +\d+ +0 ` + regexp.QuoteMeta(want) + `$`).MatchString(out) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
}

// chroot reads sub/f by its relative path in a changed root.
func chroot(t *testing.T, root string) {
	t.Helper()
	shell, err := exec.LookPath("busybox")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(shell)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(root+"/busybox", data, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("busybox", "chroot", root, "/busybox", "cat", "sub/f").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// BCC's own tool and this one see the same.
func TestVMSideBySide(t *testing.T) {
	side := tooltest.SideBySide(t)
	theirs := tooltest.StartTheirs(t, "opensnoop", "PID .*PATH", "-U")
	ours := tooltest.Start(t, "opensnoop", "-U")
	dir := t.TempDir()
	script := filepath.Join(dir, "script")
	text := "cd " + dir + "; echo x >made; read x <made; read x <missing; exec 5<made 6<script; exec /bin/cat made missing"
	if err := os.WriteFile(script, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sh", script)
	if out, err := cmd.CombinedOutput(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 1 {
		t.Fatalf("%v\n%s", err, out)
	}
	time.Sleep(testenv.Timeout(2 * time.Second))
	got := rows(tooltest.Stop(t, ours).Stdout, cmd.Process.Pid)
	want := rows(tooltest.StopTheirs(t, theirs), cmd.Process.Pid)
	if len(want) < 12 || !slices.Equal(got, want) {
		t.Errorf("ours:\n%s\nBCC's:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	side.Lines("files", got, want)
}

// rows are a process's lines, sorted because processors mix, in single spaces.
func rows(out string, pid int) []string {
	var rows []string
	for line := range strings.Lines(out) {
		if f := strings.Fields(line); len(f) > 4 && f[1] == fmt.Sprint(pid) { // UID PID COMM FD ERR PATH
			rows = append(rows, strings.Join(f, " "))
		}
	}
	slices.Sort(rows)
	return rows
}
