package main

import (
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/tools/internal/fscalls"
	"github.com/bccgo/bcc/tools/internal/toolkit"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// made is a call with arguments, which are numbers, texts or nil for NULL.
func made(t *testing.T, name string, result int64, args ...any) *fscalls.Made {
	t.Helper()
	m := &fscalls.Made{
		Time: time.Date(2026, 11, 23, 5, 0, 0, 1500, time.UTC), PID: 2679, TID: 2680, UID: 103, Comm: "mo\tunt",
		PPID: 1, ParentComm: "init", MountNS: 4026531841, Result: result,
	}
	for _, c := range traced() {
		if c.Name == name {
			m.Call = &c
		}
	}
	for i, arg := range args {
		switch arg := arg.(type) {
		case nil:
			m.Texts[i].Null = true
		case string:
			m.Args[i], m.Texts[i].Value = 0x7fff00001000, arg
		case int:
			m.Args[i] = uint64(arg)
		}
	}
	return m
}

func TestCalls(t *testing.T) {
	const cwd = 0xffffff9c
	for _, test := range []struct {
		m    *fscalls.Made
		want string
	}{
		{made(t, "mount", 0, "/dev/sda1", "/mnt", "ext4", 0x401, "errors=\"x\"\n"), `mount("/dev/sda1", "/mnt", "ext4", MS_RDONLY|MS_NOATIME, "errors=\"x\"\n") = 0`},
		{made(t, "mount", -2, nil, "", "", 0xc0ed0000, nil), `mount(NULL, "", "", MS_MGC_VAL|0x0, NULL) = -ENOENT`},
		{made(t, "mount", -4095, nil, nil, nil, 1<<40|32, nil), `mount(NULL, NULL, NULL, MS_REMOUNT|0x10000000000, NULL) = -4095`},
		{made(t, "umount", 0, "/mnt", 0), `umount("/mnt", 0x0) = 0`},
		{made(t, "umount", -16, "/mnt", 0x1a), `umount("/mnt", MNT_DETACH|UMOUNT_NOFOLLOW|0x10) = -EBUSY`},
		{made(t, "pivot_root", 0, ".", "old"), `pivot_root(".", "old") = 0`},
		{made(t, "open_tree", 5, cwd, "/a", 0x88001), `open_tree(AT_FDCWD, "/a", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE) = 5`},
		{made(t, "move_mount", 0, 5, "", cwd, "/b", 4), `move_mount(5, "", AT_FDCWD, "/b", MOVE_MOUNT_F_EMPTY_PATH) = 0`},
		{made(t, "fsopen", 3, "tmpfs", 1), `fsopen("tmpfs", FSOPEN_CLOEXEC) = 3`},
		{made(t, "fsconfig", 0, 3, 1, "size", "1M", 0), `fsconfig(3, FSCONFIG_SET_STRING, "size", "1M", 0) = 0`},
		{made(t, "fsconfig", 0, 3, 6, nil, nil, 0), `fsconfig(3, FSCONFIG_CMD_CREATE, NULL, NULL, 0) = 0`},
		{made(t, "fsconfig", 0, 3, 2, "blob", "\x01", 1), `fsconfig(3, FSCONFIG_SET_BINARY, "blob", 0x7fff00001000, 1) = 0`},
		{made(t, "fsconfig", -95, 3, 99, nil, nil, 0), `fsconfig(3, 99, NULL, NULL, 0) = -ENOTSUP`},
		{made(t, "fsmount", 4, 3, 1, 0x8), `fsmount(3, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOEXEC) = 4`},
		{made(t, "fspick", 4, cwd, "/", 2), `fspick(AT_FDCWD, "/", FSPICK_SYMLINK_NOFOLLOW) = 4`},
	} {
		if got := callText(test.m); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func printed(t *testing.T, parents, asJSON bool) string {
	t.Helper()
	m := made(t, "mount", -2, "none", "/mnt", "tmpfs", 1, nil)
	return tooltest.Printed(t, toolkit.Common{JSON: asJSON}, func(s *toolkit.Session) error {
		p := &printer{s: s, parents: parents}
		return tooltest.Feed([]fscalls.Made{*m}, p.heading, p.print, func() error { return nil })
	})
}

func TestRows(t *testing.T) {
	const text = `mount("none", "/mnt", "tmpfs", MS_RDONLY, NULL) = -ENOENT`
	want := "COMM             PID     TID     MNT_NS      CALL\n" +
		`mo\tunt          2679    2680    4026531841  ` + text + "\n"
	if got := printed(t, false, false); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	want = "COMM             PID     TID     PCOMM            PPID    MNT_NS      CALL\n" +
		`mo\tunt          2679    2680    init             1       4026531841  ` + text + "\n"
	if got := printed(t, true, false); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestJSON(t *testing.T) {
	want := `{"time":"2026-11-23T05:00:00.0000015Z","pid":2679,"tid":2680,"uid":103,"comm":"mo\tunt","ppid":1,"pcomm":"init",` +
		`"mnt_ns":4026531841,"call":"mount","args":{"data":null,"filesystemtype":"tmpfs","mountflags":1,"source":"none","target":"/mnt"},` +
		`"ret":-1,"err":2,"text":"mount(\"none\", \"/mnt\", \"tmpfs\", MS_RDONLY, NULL) = -ENOENT"}` + "\n"
	if got := printed(t, true, true); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestRefused(t *testing.T) {
	for want, args := range map[string][]string{
		"--pid 4194305: there is no such process": {"-p", "4194305"},
		"find the pinned map":                     {"--mntnsmap", "/sys/fs/bpf/no such map"},
		"--probes \"x\": want":                    {"--probes", "x"},
		"unexpected argument \"1\"":               {"1"},
	} {
		tooltest.Refused(t, tool(), want, args...)
	}
}
