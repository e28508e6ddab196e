// Package rootfs reads files below a movable root directory.
//
// Every reader of /proc, /sys, /boot and /lib takes an FS. Programs pass
// Live; tests pass a fixture tree; a reader that looks into another mount
// namespace passes /proc/PID/root. Symbolic links below a moved root are
// followed as a chroot would follow them, so an absolute link never leads
// out of the root.
package rootfs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// FS is the path of a directory that stands for "/". The empty string means
// Live.
type FS string

// Live is the file system as this process sees it.
const Live FS = "/"

// maxLinks is the number of symbolic links the kernel follows in one path.
const maxLinks = 40

// IsLive reports whether f is the file system as this process sees it.
func (f FS) IsLive() bool {
	return f == "" || f == Live
}

// Path returns the host path of p, a path inside f, with every symbolic link
// followed inside f. Where p or a part of it does not exist, the missing rest
// is appended as it is, so that opening the result fails with fs.ErrNotExist.
// On Live the path is returned unchanged, since the kernel follows its links.
// A path with more than 40 links, a loop among them, is also returned
// unresolved.
func (f FS) Path(p string) string {
	if f.IsLive() {
		return p
	}
	in, err := f.Resolve(p)
	if err != nil {
		in = filepath.Clean("/" + p)
	}
	return filepath.Join(string(f), in)
}

// Resolve follows every symbolic link of p inside f and returns the path
// inside f. A part that does not exist ends the following; it is no error.
// It fails with syscall.ELOOP on more than 40 links.
func (f FS) Resolve(p string) (string, error) {
	root := string(f)
	if root == "" {
		root = "/"
	}
	rest := strings.Split(p, "/")
	at := "/"
	for links := 0; len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			at = filepath.Dir(at)
			continue
		}
		next := filepath.Join(at, part)
		target, err := os.Readlink(filepath.Join(root, next))
		if err != nil {
			// Not a link, or not there: either way nothing to follow.
			at = next
			continue
		}
		if links++; links > maxLinks {
			return "", &fs.PathError{Op: "resolve", Path: p, Err: syscall.ELOOP}
		}
		if strings.HasPrefix(target, "/") {
			at = "/"
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	return at, nil
}

// Open opens the file p inside f for reading.
func (f FS) Open(p string) (*os.File, error) {
	return os.Open(f.Path(p))
}

// ReadFile reads the whole file p inside f.
func (f FS) ReadFile(p string) ([]byte, error) {
	return os.ReadFile(f.Path(p))
}

// ReadLine reads the file p inside f and returns its first line without
// surrounding blanks. An empty file gives "".
func (f FS) ReadLine(p string) (string, error) {
	text, err := f.ReadFile(p)
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSpace(line), nil
}

// Stat describes the file p inside f, links followed.
func (f FS) Stat(p string) (fs.FileInfo, error) {
	return os.Stat(f.Path(p))
}

// ReadDir lists the directory p inside f, sorted by name.
func (f FS) ReadDir(p string) ([]os.DirEntry, error) {
	return os.ReadDir(f.Path(p))
}

// Readlink returns where the symbolic link p inside f points, without
// following p itself. Links in the directories that lead to p are followed.
func (f FS) Readlink(p string) (string, error) {
	return os.Readlink(filepath.Join(f.Path(filepath.Dir(p)), filepath.Base(p)))
}

// Exists reports whether p exists inside f. Any other failure, such as a
// directory that may not be searched, is returned as it is.
func (f FS) Exists(p string) (bool, error) {
	_, err := f.Stat(p)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return false, nil
	}
	return err == nil, err
}

// IsDir reports whether p is a directory inside f.
func (f FS) IsDir(p string) bool {
	info, err := f.Stat(p)
	return err == nil && info.IsDir()
}

// IsFile reports whether p is a regular file inside f.
func (f FS) IsFile(p string) bool {
	info, err := f.Stat(p)
	return err == nil && info.Mode().IsRegular()
}
