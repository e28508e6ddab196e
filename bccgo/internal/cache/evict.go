package cache

import (
	"errors"
	"time"
)

// stale is how old, or how far in the future, an unfinished file must be to be
// an abandoned one.
const stale = 10 * time.Minute

// evict removes abandoned files, and while the folder is larger than its limit
// the entries not used for longest, but never the one named keep.
func (s *Store) evict(keep string) error {
	files, err := s.items()
	if err != nil {
		return err
	}
	var total int64
	for _, f := range files {
		total += f.size
	}
	var errs []error
	for _, f := range files {
		_, entry := ParseKey(f.name)
		switch {
		case isTemp(f.name) && time.Since(f.used).Abs() > stale:
		case isLock(f.name) && time.Since(f.used).Abs() > stale:
			errs = append(errs, s.dropLock(f.name))
			continue
		case (entry || isFact(f.name) || isLog(f.name)) && f.name != keep && total > s.limit:
		default:
			continue
		}
		errs = append(errs, s.remove(f.name))
		total -= f.size
	}
	return errors.Join(errs...)
}

// dropLock removes a lock file that nobody holds.
func (s *Store) dropLock(name string) error {
	f, err := s.tryLock(name)
	if err == nil && f != nil {
		s.unlock(f, name)
	}
	return err
}
