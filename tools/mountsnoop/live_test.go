package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

// recorder makes calls and remembers how they are to be printed.
type recorder struct {
	t     *testing.T
	calls []string
}

// call takes what was called, with its arguments, and how it ended.
func (r *recorder) call(text string, ret int, err error) int {
	r.t.Helper()
	result := fmt.Sprint(ret)
	if err != nil {
		result = "-" + unix.ErrnoName(err.(unix.Errno))
	}
	r.calls = append(r.calls, text+" = "+result)
	return ret
}

// detached makes calls that change no mount: they fail, or are about file systems and
// copies that are attached nowhere.
func (r *recorder) detached() {
	r.t.Helper()
	dir := r.t.TempDir()
	missing := dir + "/missing"
	long := "mode=" + strings.Repeat("0", 4000)
	r.call(fmt.Sprintf(`mount("a \"b\"\n", %q, "tmpfs", MS_RDONLY|MS_NOSUID|MS_SILENT, %q)`, missing, long), 0,
		unix.Mount("a \"b\"\n", missing, "tmpfs", unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_SILENT, long))
	r.call(fmt.Sprintf(`umount(%q, MNT_DETACH|UMOUNT_NOFOLLOW)`, missing), 0, unix.Unmount(missing, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW))
	r.call(fmt.Sprintf(`pivot_root(%q, %q)`, missing, dir), 0, unix.PivotRoot(missing, dir))
	fd, err := unix.Fsopen("tmpfs", unix.FSOPEN_CLOEXEC)
	r.call(`fsopen("tmpfs", FSOPEN_CLOEXEC)`, fd, err)
	defer unix.Close(fd)
	r.call(fmt.Sprintf(`fsconfig(%d, FSCONFIG_SET_STRING, "size", "1M", 0)`, fd), 0, unix.FsconfigSetString(fd, "size", "1M"))
	r.call(fmt.Sprintf(`fsconfig(%d, FSCONFIG_SET_FLAG, "none such", NULL, 0)`, fd), 0, unix.FsconfigSetFlag(fd, "none such"))
	r.call(fmt.Sprintf(`fsconfig(%d, FSCONFIG_CMD_CREATE, NULL, NULL, 0)`, fd), 0, unix.FsconfigCreate(fd))
	mount, err := unix.Fsmount(fd, unix.FSMOUNT_CLOEXEC, unix.MOUNT_ATTR_NODEV|unix.MOUNT_ATTR_RDONLY)
	r.call(fmt.Sprintf(`fsmount(%d, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY|MOUNT_ATTR_NODEV)`, fd), mount, err)
	defer unix.Close(mount)
	r.call(fmt.Sprintf(`move_mount(%d, "", AT_FDCWD, %q, MOVE_MOUNT_F_EMPTY_PATH)`, mount, missing), 0,
		unix.MoveMount(mount, "", unix.AT_FDCWD, missing, unix.MOVE_MOUNT_F_EMPTY_PATH))
	_, err = unix.OpenTree(unix.AT_FDCWD, missing, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	r.call(fmt.Sprintf(`open_tree(AT_FDCWD, %q, OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC)`, missing), 0, err)
	_, err = unix.Fspick(unix.AT_FDCWD, missing, unix.FSPICK_CLOEXEC)
	r.call(fmt.Sprintf(`fspick(AT_FDCWD, %q, FSPICK_CLOEXEC)`, missing), 0, err)
}

// check compares the calls of this process that were printed with those wanted.
func check(t *testing.T, stdout string, parents bool, want []string) {
	t.Helper()
	self := filepath.Base(os.Args[0])
	self = self[:min(15, len(self))]
	ppid, pcomm := 0, ""
	if parents {
		comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", os.Getppid()))
		if err != nil {
			t.Fatal(err)
		}
		ppid, pcomm = os.Getppid(), strings.TrimSuffix(string(comm), "\n")
	}
	ns := tooltest.Inode(t, "/proc/self/ns/mnt")
	var got []string
	for line := range strings.Lines(stdout) {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if r.PID != uint32(os.Getpid()) {
			continue
		}
		got = append(got, r.Text)
		if r.Comm != self || r.TID == 0 || r.UID != 0 || uint64(r.MountNS) != ns || r.PPID != uint32(ppid) || r.ParentComm != pcomm {
			t.Errorf("got %s", line)
		}
	}
	slices.Sort(got) // processors mix
	want = slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestLive(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracepoint(t, "syscalls:sys_enter_fsopen")
	p := tooltest.Start(t, "mountsnoop", "--json", "-P", "-p", fmt.Sprint(os.Getpid()))
	r := &recorder{t: t}
	r.detached()
	stdout := tooltest.Stop(t, p).Stdout
	check(t, stdout, true, r.calls)
	if got := strings.Count(stdout, "\n"); got != len(r.calls) {
		t.Errorf("%d lines, those of other processes too: %s", got, stdout)
	}
}
