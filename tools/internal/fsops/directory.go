package fsops

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// DirectoryID returns the numbers by which the kernel knows a directory: that of its
// file system, which for some is not what stat tells, and that of its inode.
func DirectoryID(path string) (device uint32, inode uint64, err error) {
	dir, err := os.Open(path)
	if err != nil {
		return 0, 0, errors.Unwrap(err)
	}
	defer dir.Close()
	info, err := dir.Stat()
	if err != nil {
		return 0, 0, err
	}
	if !info.IsDir() {
		return 0, 0, syscall.ENOTDIR
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", dir.Fd()))
	if err != nil {
		return 0, 0, err
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return 0, 0, err
	}
	device, err = mountDevice(string(text), string(mounts))
	return device, info.Sys().(*syscall.Stat_t).Ino, err
}

// mountDevice finds the device of a mount: info is what the kernel says about an open
// file, mounts its list of mounts.
func mountDevice(info, mounts string) (uint32, error) {
	_, rest, _ := strings.Cut(info, "mnt_id:")
	id, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
	for line := range strings.Lines(mounts) {
		fields := strings.Fields(line) // id, parent, device…
		if len(fields) < 3 || fields[0] != id {
			continue
		}
		var major, minor uint32
		if _, err := fmt.Sscanf(fields[2], "%d:%d", &major, &minor); err != nil {
			return 0, fmt.Errorf("device %q of mount %s: %w", fields[2], id, err)
		}
		return major<<20 | minor, nil
	}
	return 0, fmt.Errorf("mount %q is not in the list of mounts", id)
}
