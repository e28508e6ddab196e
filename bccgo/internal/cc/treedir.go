package cc

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// childTree is the path of the header tree's folder in the compile child: its
// descriptor after those of the request and the reply.
const childTree = "/proc/self/fd/5"

// treeDir is the folder for a header tree. It exists as long as somebody has it
// open, and has a name in the file system only where the kernel or the user's
// rights allow nothing better.
type treeDir struct {
	file *os.File
	path string // "" for a folder without a name
}

// newTreeDir makes a folder: a file system in memory that is mounted nowhere
// (Linux 5.2, CAP_SYS_ADMIN), else one for temporary files.
func newTreeDir() (*treeDir, error) {
	if d, err := detachedDir(); err == nil {
		return d, nil
	}
	removeStale(os.TempDir())
	path, err := os.MkdirTemp("", treePrefix)
	if err != nil {
		return nil, fmt.Errorf("make a folder for headers: %w", err)
	}
	d := &treeDir{path: path}
	if d.file, err = openOwn(path); err == nil {
		err = unix.Flock(int(d.file.Fd()), unix.LOCK_SH)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make a folder for headers: %w", err), d.close())
	}
	return d, nil
}

// openOwn opens a folder that this process just made. Whoever owns the folder
// around it could have put another one in its place, to change the headers that
// are compiled with.
func openOwn(path string) (*os.File, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	file := os.NewFile(uintptr(fd), path)
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return nil, errors.Join(&os.PathError{Op: "stat", Path: path, Err: err}, file.Close())
	}
	if int(stat.Uid) != os.Geteuid() || stat.Mode&0o077 != 0 {
		return nil, errors.Join(fmt.Errorf("%s is not the folder that was made there: it belongs to user %d and has the mode %#o; set TMPDIR to a folder of your own", path, stat.Uid, stat.Mode&0o777), file.Close())
	}
	return file, nil
}

func detachedDir() (*treeDir, error) {
	context, err := unix.Fsopen("tmpfs", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return nil, err
	}
	defer unix.Close(context)
	if err := unix.FsconfigSetString(context, "mode", "0700"); err != nil {
		return nil, err
	}
	if err := unix.FsconfigCreate(context); err != nil {
		return nil, err
	}
	fd, err := unix.Fsmount(context, unix.FSMOUNT_CLOEXEC, unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV|unix.MOUNT_ATTR_NOEXEC)
	if err != nil {
		return nil, err
	}
	return &treeDir{file: os.NewFile(uintptr(fd), "headers")}, nil
}

// close gives up the folder with all that is in it.
func (d *treeDir) close() error {
	var errs []error
	if d.path != "" {
		errs = append(errs, os.RemoveAll(d.path))
	}
	if d.file != nil {
		errs = append(errs, d.file.Close())
	}
	return errors.Join(errs...)
}

// Folders with this prefix that nobody holds a lock on belong to processes that
// were killed.
const (
	treePrefix = "bccgo-headers-"
	staleAfter = time.Minute
)

// removeStale removes what killed processes of this user left. What cannot be
// removed is left to a later start.
func removeStale(dir string) {
	list, err := filepath.Glob(filepath.Join(dir, treePrefix+"*"))
	if err != nil {
		return
	}
	for _, path := range list {
		if isStale(path) {
			os.RemoveAll(path)
		}
	}
}

func isStale(path string) bool {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if unix.Fstat(fd, &stat) != nil || int(stat.Uid) != os.Geteuid() || time.Since(time.Unix(stat.Mtim.Unix())) < staleAfter {
		return false
	}
	return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) == nil
}
