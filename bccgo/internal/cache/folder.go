package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// UnsafeError means that somebody else could have changed what was to be read.
type UnsafeError struct {
	// Path is the file or folder at fault, Reason what is wrong with it.
	Path, Reason string
}

func (e *UnsafeError) Error() string {
	return fmt.Sprintf("%s is not safe to use: %s", e.Path, e.Reason)
}

// maxLinks is how many symbolic links a path may lead through, as in the kernel
// (MAXSYMLINKS).
const maxLinks = 40

// walker follows a path from the root, checking each step by the descriptor it
// then goes on from, so that nothing can be exchanged between check and use.
type walker struct {
	fd     int
	path   string   // of fd
	rest   []string // components to go
	links  int
	create bool
}

// openFolder opens a folder of the caller's own to which nobody else, save
// root, has or had a way to write. With create it makes what is missing.
func openFolder(path string, create bool) (*os.File, error) {
	if !filepath.IsAbs(path) {
		return nil, fmt.Errorf("open cache %s: the path must be absolute", path)
	}
	w := &walker{fd: -1, rest: components(path), create: create}
	defer w.close()
	if err := w.toRoot(); err != nil {
		return nil, fmt.Errorf("open cache %s: %w", path, err)
	}
	for len(w.rest) > 0 {
		if err := w.step(); err != nil {
			return nil, fmt.Errorf("open cache %s: %w", path, err)
		}
	}
	if err := w.checkOwn(); err != nil {
		return nil, fmt.Errorf("open cache %s: %w", path, err)
	}
	fd, err := unix.Openat(w.fd, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open cache %s: %w", path, err)
	}
	return os.NewFile(uintptr(fd), path), nil
}

// components splits a path, leaving out what stands for no step.
func components(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

func (w *walker) close() {
	if w.fd >= 0 {
		unix.Close(w.fd)
	}
}

func (w *walker) toRoot() error {
	fd, err := unix.Open("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	return w.enter(fd, "/")
}

// enter goes on from fd once its owner and mode are found good.
func (w *walker) enter(fd int, path string) error {
	w.close()
	w.fd, w.path = fd, path
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	return checkParent(path, &st)
}

// step goes to the next component, making it if need be.
func (w *walker) step() error {
	name := w.rest[0]
	path := filepath.Join(w.path, name)
	var st unix.Stat_t
	err := unix.Fstatat(w.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW)
	if errors.Is(err, fs.ErrNotExist) && w.create {
		err = w.make(name, &st)
	}
	if err != nil {
		return &fs.PathError{Op: "open", Path: path, Err: err}
	}
	w.rest = w.rest[1:]
	if st.Mode&unix.S_IFMT == unix.S_IFLNK {
		return w.follow(name, path, &st)
	}
	fd, err := unix.Openat(w.fd, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return w.enter(fd, path)
}

func (w *walker) make(name string, st *unix.Stat_t) error {
	if err := unix.Mkdirat(w.fd, name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return unix.Fstatat(w.fd, name, st, unix.AT_SYMLINK_NOFOLLOW)
}

// follow puts a link's target before the components to go. A link of root's or
// the caller's, in a folder that was found good, is theirs to set.
func (w *walker) follow(name, path string, st *unix.Stat_t) error {
	if err := checkOwner(path, st); err != nil {
		return err
	}
	if w.links++; w.links > maxLinks {
		return &fs.PathError{Op: "open", Path: path, Err: unix.ELOOP}
	}
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(w.fd, name, buf)
	if err != nil {
		return &fs.PathError{Op: "readlink", Path: path, Err: err}
	}
	target := string(buf[:n])
	w.rest = append(components(target), w.rest...)
	if filepath.IsAbs(target) {
		return w.toRoot()
	}
	return nil
}

// checkOwn wants the folder reached to be the caller's alone.
func (w *walker) checkOwn() error {
	var st unix.Stat_t
	if err := unix.Fstat(w.fd, &st); err != nil {
		return err
	}
	switch {
	case st.Uid != uint32(os.Geteuid()):
		return &UnsafeError{w.path, fmt.Sprintf("it belongs to user %d, not to %d", st.Uid, os.Geteuid())}
	case st.Mode&0o077 != 0:
		return &UnsafeError{w.path, fmt.Sprintf("its mode is %04o, not 0700", st.Mode&0o7777)}
	}
	return nil
}

// checkParent wants a folder on the way to be closed to others. In one with the
// sticky bit, as /tmp has, others can add names but not change those of root
// and the caller.
func checkParent(path string, st *unix.Stat_t) error {
	if err := checkOwner(path, st); err != nil {
		return err
	}
	if st.Mode&0o022 != 0 && (st.Mode&unix.S_ISVTX == 0 || st.Uid != 0) {
		return &UnsafeError{path, fmt.Sprintf("its mode is %04o: others can write to it", st.Mode&0o7777)}
	}
	return nil
}

func checkOwner(path string, st *unix.Stat_t) error {
	if st.Uid != 0 && st.Uid != uint32(os.Geteuid()) {
		return &UnsafeError{path, fmt.Sprintf("it belongs to user %d", st.Uid)}
	}
	return nil
}
