package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// attached mounts a file system, also by the newer calls, and takes it off.
func (r *recorder) attached() {
	r.t.Helper()
	dir := r.t.TempDir()
	r.call(fmt.Sprintf(`mount("none", %q, "tmpfs", MS_NOEXEC, "size=1M,mode=0700")`, dir), 0,
		unix.Mount("none", dir, "tmpfs", unix.MS_NOEXEC, "size=1M,mode=0700"))
	r.call(fmt.Sprintf(`mount("", %q, "", MS_REC|MS_PRIVATE, NULL)`, dir), 0, unix.Mount("", dir, "", unix.MS_REC|unix.MS_PRIVATE, ""))
	r.call(fmt.Sprintf(`umount(%q, 0x0)`, dir), 0, unix.Unmount(dir, 0))
	r.call(fmt.Sprintf(`umount(%q, MNT_FORCE)`, dir), 0, unix.Unmount(dir, unix.MNT_FORCE))
}

// Without a filter, by either kind of probe, all is seen.
func TestVMProbes(t *testing.T) {
	testenv.VM(t)
	kinds := []string{"tracepoint", "kprobe"}
	tools := tooltest.StartAll(t, "mountsnoop", []string{"--json", "--probes", kinds[0]}, []string{"--json", "--probes", kinds[1]})
	r := &recorder{t: t}
	r.detached()
	r.attached()
	for i, kind := range kinds {
		t.Run(kind, func(t *testing.T) { check(t, tooltest.Stop(t, tools[i]).Stdout, false, r.calls) })
	}
}

// A map of mount namespaces selects those in one of its own.
func TestVMMountNamespace(t *testing.T) {
	testenv.VM(t)
	holder := testenv.Start(t, "unshare", "--mount", "sleep", "60")
	var ns uint64
	for deadline := time.Now().Add(testenv.Timeout(10 * time.Second)); ; time.Sleep(50 * time.Millisecond) {
		ns = tooltest.Inode(t, fmt.Sprintf("/proc/%d/ns/mnt", holder.Pid()))
		if ns != tooltest.Inode(t, "/proc/self/ns/mnt") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no mount namespace was made")
		}
	}
	p := tooltest.Start(t, "mountsnoop", "--mntnsmap", tooltest.PinSet(t, "u32", ns, uint32(1)))
	dir := t.TempDir()
	inside := exec.Command("nsenter", "--mount", "--target", fmt.Sprint(holder.Pid()), "mount", "-t", "tmpfs", "inside", dir)
	if out, err := inside.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	(&recorder{t: t}).attached()
	out := tooltest.Stop(t, p).Stdout
	if !strings.Contains(out, fmt.Sprintf(`%-11d mount("inside", %q, "tmpfs"`, ns, dir)) || strings.Contains(out, `"none"`) {
		t.Errorf("namespace %d, folder %s: %s", ns, dir, out)
	}
}

// BCC's tool and this one see the same mounts.
func TestVMSideBySide(t *testing.T) {
	c := tooltest.SideBySide(t)
	theirs := tooltest.StartTheirs(t, "mountsnoop", "COMM .*CALL", "-P")
	ours := tooltest.Start(t, "mountsnoop", "-P")
	r := &recorder{t: t}
	r.attached()
	time.Sleep(testenv.Timeout(time.Second))
	mine, bcc := rows(tooltest.Stop(t, ours).Stdout), rows(tooltest.StopTheirs(t, theirs))
	if len(mine) != len(r.calls) || len(bcc) != len(r.calls) {
		t.Fatalf("of %d calls, ours saw\n%v\nand BCC's\n%v", len(r.calls), mine, bcc)
	}
	for i := range bcc {
		if bcc[i]["CALL"] != mine[i]["CALL"] && bcc[i]["CALL"] == strings.ReplaceAll(mine[i]["CALL"], "NULL", `""`) {
			c.Explained("CALL", "BCC's tool shows NULL as an empty text, which is something else")
			bcc[i]["CALL"] = mine[i]["CALL"]
		}
		c.Row(r.calls[i], mine[i], bcc[i])
	}
	c.Explained("CALL", "BCC's tool of this version traces mount and umount only; TestVMProbes checks the others")
}

// rows are the lines of this process.
func rows(stdout string) []map[string]string {
	var out []map[string]string
	for line := range strings.Lines(stdout) {
		f := strings.Fields(line)
		if len(f) < 7 || f[1] != fmt.Sprint(os.Getpid()) {
			continue
		}
		row := map[string]string{"CALL": strings.Join(f[6:], " ")}
		for i, name := range []string{"COMM", "PID", "TID", "PCOMM", "PPID", "MNT_NS"} {
			row[name] = f[i]
		}
		out = append(out, row)
	}
	return out
}
