package cache

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// lockPrefix begins the names of lock files, before the key.
const lockPrefix = "lock-"

// lockPoll is how often a waiting process tries again: short against a
// compile, long against a system call.
const lockPoll = 10 * time.Millisecond

// Lock waits until no other process holds the lock of a key, so that one
// compiles while the others wait for its entry. The lock ends with unlock or
// with the process.
func (s *Store) Lock(ctx context.Context, k Key) (unlock func(), err error) {
	for {
		f, err := s.tryLock(lockPrefix + k.String())
		if err != nil {
			return nil, err
		}
		if f != nil {
			return func() { s.unlock(f, lockPrefix+k.String()) }, nil
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(lockPoll):
		}
	}
}

// tryLock returns nil if another holds the lock.
func (s *Store) tryLock(name string) (*os.File, error) {
	fd, err := unix.Openat(s.fd(), name, unix.O_RDWR|unix.O_CREAT|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", s.pathOf(name), err)
	}
	f := os.NewFile(uintptr(fd), s.pathOf(name))
	err = unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	var st unix.Stat_t
	if err == nil {
		err = unix.Fstat(fd, &st)
	}
	// The holder removes the file before it lets go, so that what was waited
	// for may be a file that nobody else finds.
	if err == nil && st.Nlink > 0 {
		return f, nil
	}
	f.Close()
	if err != nil && !errors.Is(err, unix.EWOULDBLOCK) {
		return nil, fmt.Errorf("lock %s: %w", s.pathOf(name), err)
	}
	return nil, nil
}

func (s *Store) unlock(f *os.File, name string) {
	// A lock file that stays is removed by a later evict.
	_ = s.remove(name)
	f.Close()
}

func isLock(name string) bool { return strings.HasPrefix(name, lockPrefix) }
