package activity

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Loop makes a disk of 64 MiB out of a file and returns its path below /dev.
// The disk ends with the test. The kernel needs loop devices, as a module at
// least.
func Loop(t testing.TB) string {
	t.Helper()
	loadLoop(t)
	file := filepath.Join(t.TempDir(), "disk")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, 64<<20); err != nil {
		t.Fatal(err)
	}
	device, _ := command(t, "losetup", "--find", "--show", file)
	t.Cleanup(func() { command(t, "losetup", "--detach", device) })
	return device
}

// loadLoop loads the module of loop devices unless it is there.
func loadLoop(t testing.TB) {
	t.Helper()
	switch _, err := os.Stat("/dev/loop-control"); {
	case errors.Is(err, fs.ErrNotExist):
		command(t, "modprobe", "loop")
	case err != nil:
		t.Fatal(err)
	}
}

// WriteDirect writes count blocks of size bytes, one request each, at the
// beginning of a disk. It returns the process id of the program, dd, that did.
func WriteDirect(t testing.TB, disk, size, count string) (pid int) {
	t.Helper()
	_, pid = command(t, "dd", "if=/dev/zero", "of="+disk, "bs="+size, "count="+count, "oflag=direct")
	return pid
}

// ReadDirect is WriteDirect for reading.
func ReadDirect(t testing.TB, disk, size, count string) (pid int) {
	t.Helper()
	_, pid = command(t, "dd", "if="+disk, "of=/dev/null", "bs="+size, "count="+count, "iflag=direct")
	return pid
}

// command runs a program that has to succeed and returns what it prints.
func command(t testing.TB, argv ...string) (out string, pid int) {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	printed, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(argv, " "), err, printed)
	}
	return strings.TrimSpace(string(printed)), cmd.Process.Pid
}
