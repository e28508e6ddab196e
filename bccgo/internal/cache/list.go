package cache

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Info describes a stored entry.
type Info struct {
	Key  Key
	Size int64
	// Used is when it was last used, to the hour.
	Used time.Time
}

// item is a file of the folder.
type item struct {
	name string
	size int64
	used time.Time
}

// items lists the folder's files, the one not used for longest first.
func (s *Store) items() ([]item, error) {
	// Reading moves the descriptor's offset, which other goroutines share.
	fd, err := unix.Openat(s.fd(), ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("list cache %s: %w", s.Path(), err)
	}
	dir := os.NewFile(uintptr(fd), s.Path())
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("list cache: %w", err)
	}
	var list []item
	for _, name := range names {
		var st unix.Stat_t
		err := unix.Fstatat(s.fd(), name, &st, unix.AT_SYMLINK_NOFOLLOW)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("list cache %s: %w", s.pathOf(name), err)
		}
		list = append(list, item{name, st.Size, time.Unix(st.Mtim.Unix())})
	}
	slices.SortFunc(list, func(a, b item) int {
		return cmp.Or(a.used.Compare(b.used), cmp.Compare(a.name, b.name))
	})
	return list, nil
}

// List lists the entries, the one not used for longest first.
func (s *Store) List() ([]Info, error) {
	files, err := s.items()
	if err != nil {
		return nil, err
	}
	var list []Info
	for _, f := range files {
		if k, ok := ParseKey(f.name); ok {
			list = append(list, Info{Key: k, Size: f.size, Used: f.used})
		}
	}
	return list, nil
}

// Clear removes all entries, with facts and logs, and returns how many entries
// there were. Files that are not
// the store's own stay.
func (s *Store) Clear() (removed int, err error) {
	files, err := s.items()
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, f := range files {
		_, entry := ParseKey(f.name)
		if !entry && !isTemp(f.name) && !isFact(f.name) && !isLog(f.name) {
			continue
		}
		err := s.remove(f.name)
		errs = append(errs, err)
		if entry && err == nil {
			removed++
		}
	}
	return removed, errors.Join(errs...)
}
