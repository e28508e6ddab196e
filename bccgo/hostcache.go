package bccgo

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/cache"
)

// cacheCheck tells where this process keeps compiled programs, and what keeps it
// from doing so. It makes no folder.
func cacheCheck() HostCheck {
	c := HostCheck{ID: "cache", Name: "Compiled programs"}
	dir, err := cacheDir("")
	switch {
	case errors.Is(err, errCacheOff):
		return uncached(c, "off", "BCCGO_CACHE switches it off: each start compiles", "unset BCCGO_CACHE")
	case err != nil:
		return uncached(c, "none", err.Error(), "run it as root, for instance with sudo", "set Options.Cache in the program")
	}
	value, err := describeCache(dir)
	if err == nil {
		err = mayWrite(dir)
	}
	if err == nil {
		c.Status, c.Value = HostOK, value
		return c
	}
	return uncached(c, dir, err.Error(), cacheFix(err))
}

// uncached completes a check of what makes programs start more slowly.
func uncached(c HostCheck, value, why string, fix ...string) HostCheck {
	c.Status, c.Value, c.Why, c.Fix = HostWarn, value, why, fix
	return c
}

// describeCache counts what is in the cache. It refuses a folder that no program
// would use.
func describeCache(dir string) (string, error) {
	s, err := cache.OpenExisting(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return dir + ", nothing kept yet", nil
	}
	if err != nil {
		return "", err
	}
	defer s.Close()
	entries, err := s.List()
	if err != nil {
		return "", err
	}
	var bytes int64
	for _, e := range entries {
		bytes += e.Size
	}
	return fmt.Sprintf("%s, %d programs, %d of at most %d bytes", dir, len(entries), bytes, int64(cache.DefaultLimit)), nil
}

// mayWrite tells whether programs can be put into a folder, or into a new one
// where it is not there yet.
func mayWrite(dir string) error {
	for {
		err := unix.Faccessat(unix.AT_FDCWD, dir, unix.W_OK|unix.X_OK, unix.AT_EACCESS)
		if !errors.Is(err, fs.ErrNotExist) || dir == "/" {
			if err != nil {
				return &fs.PathError{Op: "write to", Path: dir, Err: err}
			}
			return nil
		}
		dir = filepath.Dir(dir)
	}
}

// cacheFix is what makes a cache usable that is refused.
func cacheFix(err error) string {
	const other = "set BCCGO_CACHE to a folder of this user's that nobody else can write to"
	var unsafe *UnsafeCacheError
	if errors.As(err, &unsafe) {
		return "make " + unsafe.Path + " this user's or root's alone to write to, or " + other
	}
	return other
}
