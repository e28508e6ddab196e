package toolkit

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// cgroupRoot is where the control groups of version 2 are, by whose ids programs know
// them.
const cgroupRoot = "/sys/fs/cgroup"

// cgroup is a control group as programs in the kernel know it.
type cgroup struct {
	id uint64
	// level is how far below the root it is, which has level 0.
	level int
}

// findCgroup finds the control group of a folder. The kernel tells its id by a file
// handle, since Linux 4.18; on 32-bit machines it is not the inode.
func findCgroup(path string) (cgroup, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return cgroup{}, err
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return cgroup{}, err
	}
	var system unix.Statfs_t
	if err := unix.Statfs(path, &system); err != nil {
		return cgroup{}, err
	}
	if system.Type != unix.CGROUP2_SUPER_MAGIC {
		return cgroup{}, errors.New("this is no control group of version 2; see mount -t cgroup2")
	}
	handle, _, err := unix.NameToHandleAt(unix.AT_FDCWD, path, 0)
	if err != nil {
		return cgroup{}, fmt.Errorf("ask for its id: %w", err)
	}
	id := handle.Bytes()
	if len(id) < 8 {
		return cgroup{}, fmt.Errorf("ask for its id: got %d bytes, want 8", len(id))
	}
	level, err := cgroupLevel(path)
	return cgroup{binary.NativeEndian.Uint64(id), level}, err
}

// cgroupLevel counts the folders up to the one where the file system is mounted.
func cgroupLevel(path string) (int, error) {
	var own unix.Stat_t
	if err := unix.Stat(path, &own); err != nil {
		return 0, err
	}
	for level := 0; ; level++ {
		var above unix.Stat_t
		path = filepath.Dir(path)
		if err := unix.Stat(path, &above); err != nil {
			return 0, err
		}
		if above.Dev != own.Dev {
			return level, nil
		}
	}
}

// mountNamespace returns the number of a process's mount namespace.
func mountNamespace(pid string) (uint64, error) {
	if _, err := strconv.ParseUint(pid, 10, 31); err != nil {
		return 0, errors.New("want the PID of a process in it")
	}
	var ns unix.Stat_t
	if err := unix.Stat("/proc/"+pid+"/ns/mnt", &ns); err != nil {
		return 0, fmt.Errorf("find the process: %w", err)
	}
	return ns.Ino, nil
}

// minContainerID is how much of an id has to be given.
const minContainerID = 4

// containerCgroup finds the folder of a container's control group: container runtimes
// have the id in its name, alone or as in "docker-ID.scope".
func containerCgroup(root, id string) (string, error) {
	if len(id) < minContainerID || strings.Trim(id, "0123456789abcdef") != "" {
		return "", fmt.Errorf("want the container's id, or at least the first %d of its hexadecimal digits", minContainerID)
	}
	var found []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return nil // groups come and go
		}
		if strings.HasPrefix(containerID(entry.Name()), id) {
			found = append(found, path)
			return fs.SkipDir
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("no control group below %s has this id in its name; --cgroup takes any", root)
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("several containers begin so: %s", strings.Join(found, ", "))
}

// containerID returns the id in a control group's name, "" if there is none. Ids have
// 64 digits; what else is a number in hexadecimal digits is shorter.
func containerID(name string) string {
	name = strings.TrimSuffix(name, ".scope")
	if i := strings.LastIndexAny(name, "-:"); i >= 0 {
		name = name[i+1:]
	}
	const digits = 64
	if len(name) != digits || strings.Trim(name, "0123456789abcdef") != "" {
		return ""
	}
	return name
}
