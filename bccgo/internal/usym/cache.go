package usym

import (
	"crypto/sha256"
	"io"
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// fileKey identifies the contents of a file.
type fileKey struct {
	device, inode uint64
	size          int64
	changed       int64
	// sum is that of an image which is only in memory.
	sum [sha256.Size]byte
}

// entryFile is a place in the cache. What is read, and the reason why nothing
// could be, stay until they are dropped.
type entryFile struct {
	key  fileKey
	used atomic.Int64 // when last, as the resolver counts time
	read atomic.Pointer[outcome]
	mu   sync.Mutex // held while reading
}

type outcome struct {
	file *File
	err  error
}

// files is the ELF files that were read, all processes' together, at most
// limit bytes of them.
type files struct {
	limit int

	mu      sync.Mutex
	entries map[fileKey]*entryFile
	// tables finds equal ones, of copies of one file in several containers.
	// It goes by all of a table's contents: a build id, which anyone can put
	// into a file, could make one program's names appear in another.
	tables map[[sha256.Size]byte]*Table
}

func newFiles(limit int) *files {
	return &files{limit: limit, entries: make(map[fileKey]*entryFile), tables: make(map[[sha256.Size]byte]*Table)}
}

// entry returns the place of a file in the cache.
func (c *files) entry(key fileKey) *entryFile {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[key]
	if e == nil {
		e = &entryFile{key: key}
		c.entries[key] = e
	}
	return e
}

// get returns what is in an entry, having it read if need be. A file that
// cannot be opened is an error of this process, not one to keep for others.
func (c *files) get(e *entryFile, now time.Duration, open func() (source, error)) (*File, error) {
	e.used.Store(int64(now))
	if found := e.read.Load(); found != nil {
		return found.file, found.err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if found := e.read.Load(); found != nil {
		return found.file, found.err
	}
	from, err := open()
	if err != nil {
		return nil, err
	}
	defer from.Close()
	found := &outcome{}
	if found.file, found.err = readFile(from, from.debug); found.file != nil {
		c.share(found.file)
	}
	e.read.Store(found)
	c.trim(e)
	return found.file, found.err
}

// source is an ELF file to read.
type source struct {
	io.ReaderAt
	io.Closer
	debug debugFinder
}

// share puts an equal table that is there already in place of the file's.
func (c *files) share(file *File) {
	sum := file.table.sum()
	c.mu.Lock()
	defer c.mu.Unlock()
	if same := c.tables[sum]; same != nil {
		file.table = same
		return
	}
	c.tables[sum] = file.table
}

// maxFailed is how many files may be remembered that could not be read.
const maxFailed = 4096

// trim drops the tables used least recently, but not that of keep, until the
// rest is within the limit.
func (c *files) trim(keep *entryFile) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries[keep.key] = keep // it may have been dropped before
	if len(c.entries) > maxFailed {
		maps.DeleteFunc(c.entries, func(_ fileKey, e *entryFile) bool {
			found := e.read.Load()
			return found == nil || found.file == nil
		})
	}
	for {
		total, oldest := c.total(keep)
		if total <= c.limit || oldest == nil {
			return
		}
		table := oldest.read.Load().file.table
		// The others of the same table would keep it in memory.
		maps.DeleteFunc(c.entries, func(_ fileKey, e *entryFile) bool {
			found := e.read.Load()
			drop := e != keep && found != nil && found.file != nil && found.file.table == table
			if drop {
				e.read.Store(nil)
			}
			return drop
		})
		maps.DeleteFunc(c.tables, func(_ [sha256.Size]byte, t *Table) bool { return t == table })
	}
}

// total returns the memory of all tables, and the entry to drop first.
func (c *files) total(keep *entryFile) (total int, oldest *entryFile) {
	counted := make(map[*Table]bool)
	for _, e := range c.entries {
		found := e.read.Load()
		if found == nil || found.file == nil {
			continue
		}
		if t := found.file.table; !counted[t] {
			counted[t] = true
			total += t.bytes()
		}
		if e != keep && (oldest == nil || e.used.Load() < oldest.used.Load()) {
			oldest = e
		}
	}
	return total, oldest
}
