package cache

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// DefaultLimit is how many bytes a folder may hold if nothing else is said:
// some thousand programs.
const DefaultLimit = 128 << 20

// maxEntry is more than any program's entry.
const maxEntry = 64 << 20

// tmpPrefix begins the names of entries that are being written.
const tmpPrefix = "new-"

// ErrMiss means that there is no entry of a key.
var ErrMiss = errors.New("not in the cache")

// Store is an open cache folder. It may be used by several goroutines and
// processes at a time.
type Store struct {
	dir   *os.File
	limit int64
}

// Open opens the cache in a folder, given by its absolute path, and makes it if
// need be. limit bounds its size in bytes; 0 means DefaultLimit. The error is an
// *UnsafeError if others could have written there.
func Open(path string, limit int64) (*Store, error) {
	return open(path, limit, true)
}

// OpenExisting is Open of a folder that must be there already.
func OpenExisting(path string) (*Store, error) {
	return open(path, 0, false)
}

func open(path string, limit int64, create bool) (*Store, error) {
	dir, err := openFolder(path, create)
	if err != nil {
		return nil, err
	}
	if limit <= 0 {
		limit = DefaultLimit
	}
	return &Store{dir: dir, limit: limit}, nil
}

// Path is the folder's path.
func (s *Store) Path() string { return s.dir.Name() }

// Close closes the folder.
func (s *Store) Close() error { return s.dir.Close() }

func (s *Store) fd() int { return int(s.dir.Fd()) }

func (s *Store) pathOf(name string) string { return s.dir.Name() + "/" + name }

// Get returns the entry of a key: ErrMiss if there is none, *UnsafeError if it
// may be another's work, *DamagedError if it is not what was written.
func (s *Store) Get(k Key) (*Entry, error) { return s.read(k.String(), k, true) }

// Peek is Get that does not count as a use.
func (s *Store) Peek(k Key) (*Entry, error) { return s.read(k.String(), k, false) }

func (s *Store) read(name string, k Key, use bool) (*Entry, error) {
	f, err := s.openFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrMiss
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := readAll(f)
	if err != nil {
		return nil, fmt.Errorf("read cache entry: %w", err)
	}
	e, err := unmarshal(data, k)
	if err != nil {
		return nil, &DamagedError{Path: f.Name(), Reason: err.Error()}
	}
	if use {
		s.touch(f)
	}
	return e, nil
}

// readAll reads a file into memory of its size: entries are never changed, only
// replaced.
func readAll(f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	data := make([]byte, min(info.Size(), maxEntry))
	_, err = io.ReadFull(f, data)
	return data, err
}

// Has tells whether there is something under a key.
func (s *Store) Has(k Key) bool {
	var st unix.Stat_t
	return unix.Fstatat(s.fd(), k.String(), &st, unix.AT_SYMLINK_NOFOLLOW) == nil
}

// openFile opens a file of the folder and refuses what the store has not made.
func (s *Store) openFile(name string) (*os.File, error) {
	path := s.pathOf(name)
	// Not to wait for the other end of a FIFO.
	fd, err := unix.Openat(s.fd(), name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, unix.ELOOP):
		return nil, &UnsafeError{path, "it is a symbolic link"}
	case errors.Is(err, unix.ENXIO):
		return nil, &UnsafeError{path, "it is a socket or a device"}
	case err != nil:
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	f := os.NewFile(uintptr(fd), path)
	if err := checkFile(f); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func checkFile(f *os.File) error {
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return &fs.PathError{Op: "stat", Path: f.Name(), Err: err}
	}
	reason := ""
	switch {
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		reason = "it is no regular file"
	case st.Uid != uint32(os.Geteuid()):
		reason = fmt.Sprintf("it belongs to user %d", st.Uid)
	case st.Mode&0o022 != 0:
		reason = fmt.Sprintf("its mode is %04o: others can write to it", st.Mode&0o7777)
	case st.Nlink > 1:
		reason = "it has another name elsewhere (a hard link)"
	case st.Size > maxEntry:
		reason = fmt.Sprintf("it has %d bytes", st.Size)
	}
	if reason != "" {
		return &UnsafeError{f.Name(), reason}
	}
	return nil
}

// useStep is how precisely the time of last use is kept.
const useStep = time.Hour

// touch notes that an entry was used now. Not being able to, on a read-only
// file system, makes it only seem older.
func (s *Store) touch(f *os.File) {
	if info, err := f.Stat(); err == nil && time.Since(info.ModTime()).Abs() > useStep {
		now := unix.NsecToTimeval(time.Now().UnixNano())
		_ = unix.Futimes(int(f.Fd()), []unix.Timeval{now, now})
	}
}

// Put stores an entry, in place of any other of its key, and removes the
// entries that were not used for longest where the folder grew too large.
func (s *Store) Put(k Key, e *Entry) error { return s.put(k.String(), k, e) }

func (s *Store) put(name string, k Key, e *Entry) error {
	data := e.marshal(k)
	if len(data) > maxEntry || int64(len(data)) > s.limit {
		return fmt.Errorf("store in cache %s: an entry of %d bytes is too large", s.Path(), len(data))
	}
	tmp, err := s.writeTemp(data)
	if err != nil {
		return fmt.Errorf("store in cache: %w", err)
	}
	if err := unix.Renameat(s.fd(), tmp, s.fd(), name); err != nil {
		s.remove(tmp)
		return fmt.Errorf("store in cache %s: %w", s.Path(), err)
	}
	return s.evict(name)
}

// writeTemp writes a file under a name that no reader looks for.
func (s *Store) writeTemp(data []byte) (name string, err error) {
	var random [8]byte
	if _, err := rand.Read(random[:]); err != nil {
		return "", err
	}
	name = tmpPrefix + hex.EncodeToString(random[:])
	fd, err := unix.Openat(s.fd(), name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return "", &fs.PathError{Op: "create", Path: s.pathOf(name), Err: err}
	}
	f := os.NewFile(uintptr(fd), s.pathOf(name))
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		s.remove(name)
		return "", err
	}
	return name, nil
}

// remove removes a file of the folder. One that is gone already is no error.
func (s *Store) remove(name string) error {
	err := unix.Unlinkat(s.fd(), name, 0)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &fs.PathError{Op: "remove", Path: s.pathOf(name), Err: err}
	}
	return nil
}

// Remove removes the entry of a key, if there is one.
func (s *Store) Remove(k Key) error { return s.remove(k.String()) }

// isTemp tells whether a name is one that writeTemp makes.
func isTemp(name string) bool { return strings.HasPrefix(name, tmpPrefix) }
