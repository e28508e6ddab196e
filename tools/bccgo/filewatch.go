package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// fileState is what became of a watched file.
type fileState int

const (
	fileSaved fileState = iota
	fileGone
)

// fileWatch tells of changes of a C file and of the files that it includes by
// #include "FILE".
//
// The kernel (inotify) only says when to look. What counts is what is in the files
// then: an editor may write to the file, put another one in its place, remove and
// make it, or change the symbolic link that leads there.
type fileWatch struct {
	path string
	// changed has the news; an older one that nobody took is dropped for it.
	changed chan fileState

	inotify *os.File
	stop    chan struct{}
	done    sync.WaitGroup
	seen    [sha256.Size]byte
	gone    bool
}

const (
	// quiet is how long nothing must happen before the files are looked at: an
	// editor may truncate, write and rename.
	quiet = 50 * time.Millisecond
	// neverQuiet is how long they are not looked at in a folder in which something
	// happens all the time.
	neverQuiet = 500 * time.Millisecond
	// lookAgain is how often they are looked at without any news: some file
	// systems send none, and a folder may have been replaced.
	lookAgain = 2 * time.Second
)

func newFileWatch(path string) (*fileWatch, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", path, err)
	}
	f := &fileWatch{path: path, changed: make(chan fileState, 1), stop: make(chan struct{}), inotify: os.NewFile(uintptr(fd), "inotify")}
	f.watchFolders()
	f.seen, _ = f.content()
	news := make(chan struct{}, 1)
	f.done.Go(func() { f.listen(news) })
	f.done.Go(func() { f.look(news) })
	return f, nil
}

func (f *fileWatch) close() {
	close(f.stop)
	f.inotify.Close()
	f.done.Wait()
}

// listen passes on that something happened, until the inotify file is closed.
func (f *fileWatch) listen(news chan<- struct{}) {
	buf := make([]byte, 16<<10)
	for {
		if _, err := f.inotify.Read(buf); err != nil {
			return
		}
		select {
		case news <- struct{}{}:
		default:
		}
	}
}

// look looks at the files when something happened and it is quiet again, or when
// it does not become quiet.
func (f *fileWatch) look(news <-chan struct{}) {
	timer := time.NewTimer(lookAgain)
	defer timer.Stop()
	var first time.Time // of what happened since the last look
	for {
		select {
		case <-f.stop:
			return
		case <-news:
			if first.IsZero() {
				first = time.Now()
			}
			timer.Reset(min(quiet, time.Until(first.Add(neverQuiet))))
		case <-timer.C:
			f.compare()
			first = time.Time{}
			timer.Reset(lookAgain)
		}
	}
}

// compare tells of files that are not what they were. An empty file is one that is
// being written.
func (f *fileWatch) compare() {
	f.watchFolders()
	sum, size := f.content()
	switch {
	case size < 0 && !f.gone:
		f.gone = true
		f.tell(fileGone)
	case size > 0 && (sum != f.seen || f.gone):
		same := sum == f.seen
		f.gone, f.seen = false, sum
		if !same {
			f.tell(fileSaved)
		}
	}
}

func (f *fileWatch) tell(state fileState) {
	select {
	case <-f.changed:
	default:
	}
	f.changed <- state
}

// content is a sum of the files, and the size of the C file, -1 if there is none.
func (f *fileWatch) content() (sum [sha256.Size]byte, size int) {
	h := sha256.New()
	size = -1
	for i, path := range f.files() {
		data, err := os.ReadFile(path)
		if i == 0 && err == nil {
			size = len(data)
		}
		fmt.Fprintf(h, "%s %v %d\n", path, err == nil, len(data))
		h.Write(data)
	}
	return [sha256.Size]byte(h.Sum(nil)), size
}

// includeLine matches an #include of a file beside the C file.
var includeLine = regexp.MustCompile(`(?m)^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"`)

// maxIncludes bounds how many files are watched.
const maxIncludes = 256

// files lists the C file and those that it includes, as far as they are beside it
// or beside the file that includes them.
func (f *fileWatch) files() []string {
	list := []string{f.path}
	for i := 0; i < len(list) && len(list) < maxIncludes; i++ {
		data, err := os.ReadFile(list[i])
		if err != nil {
			continue
		}
		for _, m := range includeLine.FindAllSubmatch(data, -1) {
			for _, dir := range []string{filepath.Dir(list[i]), filepath.Dir(f.path)} {
				path := string(m[1])
				if !filepath.IsAbs(path) {
					path = filepath.Join(dir, path)
				}
				if !slices.Contains(list, path) {
					list = append(list, path)
				}
			}
		}
	}
	return list
}

// maxLinks bounds a chain of symbolic links.
const maxLinks = 32

// watchFolders watches the folders of the files and of what symbolic links on the
// way lead to. Folders that are watched already, or are not there, change nothing.
func (f *fileWatch) watchFolders() {
	const events = unix.IN_CLOSE_WRITE | unix.IN_MODIFY | unix.IN_CREATE | unix.IN_DELETE | unix.IN_MOVED_TO | unix.IN_MOVED_FROM |
		unix.IN_DELETE_SELF | unix.IN_MOVE_SELF | unix.IN_ONLYDIR
	conn, err := f.inotify.SyscallConn()
	if err != nil {
		return
	}
	for _, path := range f.files() {
		for range maxLinks {
			// A folder that cannot be watched is looked at all the same, now and
			// then.
			_ = conn.Control(func(fd uintptr) { _, _ = unix.InotifyAddWatch(int(fd), filepath.Dir(path), events) })
			if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil && dir != filepath.Dir(path) {
				f.watchLinks(conn.Control, filepath.Dir(path), events)
			}
			target, err := os.Readlink(path)
			if err != nil {
				break
			}
			if !filepath.IsAbs(target) {
				target = filepath.Join(filepath.Dir(path), target)
			}
			path = target
		}
	}
}

// watchLinks watches the folders above a folder that has symbolic links in its
// path, since the links are in these.
func (f *fileWatch) watchLinks(control func(func(fd uintptr)) error, dir string, events uint32) {
	for ; dir != "/" && dir != "."; dir = filepath.Dir(dir) {
		_ = control(func(fd uintptr) { _, _ = unix.InotifyAddWatch(int(fd), filepath.Dir(dir), events) })
	}
}
