package cache

import (
	"fmt"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// File is a file that a compile read, and what tells whether it is still the
// same.
type File struct {
	Path     string
	Size     int64
	Modified int64 // nanoseconds since 1970
	Inode    uint64
}

// settle is how old a file's last change must be at the begin of a compile for
// a later one to show: file systems stamp changes with a clock as coarse as
// this.
const settle = 2 * time.Second

// Files describes the files that a compile begun at a time has read. It is an
// error if one of them may have changed since.
func Files(paths []string, begun time.Time) ([]File, error) {
	paths = slices.Compact(slices.Sorted(slices.Values(paths)))
	list := make([]File, 0, len(paths))
	for _, path := range paths {
		f, err := describe(path)
		if err != nil {
			return nil, err
		}
		if f.Modified > begun.Add(-settle).UnixNano() {
			return nil, fmt.Errorf("%s changed just before or during the compile", path)
		}
		list = append(list, f)
	}
	return list, nil
}

func describe(path string) (File, error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return File{}, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	return File{Path: path, Size: st.Size, Modified: st.Mtim.Nano(), Inode: st.Ino}, nil
}

// Changed returns the first file that is not what it was, "" if all are.
func (e *Entry) Changed() string {
	for _, f := range e.Files {
		if now, err := describe(f.Path); err != nil || now != f {
			return f.Path
		}
	}
	return ""
}
