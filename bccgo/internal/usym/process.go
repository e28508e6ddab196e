package usym

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

const (
	// checkInterval is how long a process is taken for the one it was.
	checkInterval = 100 * time.Millisecond
	// mapsInterval is how long its mappings are taken as they were.
	mapsInterval = time.Second
	// missInterval is the least time between two readings of the mappings
	// because an address was in none.
	missInterval = 10 * time.Millisecond
)

// ProcessError says that nothing can be known of a process.
type ProcessError struct {
	PID    int
	Reason string
	Err    error // the cause, nil where there is none
}

func (e *ProcessError) Error() string {
	text := fmt.Sprintf("resolve addresses of process %d: %s", e.PID, e.Reason)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *ProcessError) Unwrap() error { return e.Err }

// process is what is known of one pid.
type process struct {
	pid  int
	used atomic.Int64
	now  atomic.Pointer[snapshot]
	mu   sync.Mutex // held while reading
}

// snapshot is one program of one process at one moment.
type snapshot struct {
	identity
	mappings []mapping
	jit      *jit
	read     time.Duration // when
	checked  atomic.Int64  // when the identity was last compared
}

// find returns the mapping that contains an address.
func (s *snapshot) find(addr uint64) *mapping {
	after := sort.Search(len(s.mappings), func(i int) bool { return s.mappings[i].start > addr })
	if after == 0 || addr >= s.mappings[after-1].end {
		return nil
	}
	return &s.mappings[after-1]
}

// locate returns the mapping that contains an address and what it is part of.
// The mapping is nil where there is none.
func (p *process) locate(root rootfs.FS, addr uint64, now time.Duration) (*snapshot, *mapping, error) {
	s, err := p.current(root, now)
	if err != nil {
		return nil, nil, err
	}
	m := s.find(addr)
	if m == nil && now-s.read >= missInterval {
		if s, err = p.refresh(root, s, now, true); err != nil {
			return nil, nil, err
		}
		m = s.find(addr)
	}
	return s, m, nil
}

// current returns a snapshot that was right a moment ago.
func (p *process) current(root rootfs.FS, now time.Duration) (*snapshot, error) {
	s := p.now.Load()
	if s != nil && now-time.Duration(s.checked.Load()) < checkInterval {
		return s, nil
	}
	return p.refresh(root, s, now, false)
}

// refresh looks at the process again. old is what the caller has seen; where
// another goroutine has put something newer in its place, that is taken.
//
// A process that has ended keeps the mappings it had, as addresses that it left
// in tables are still to be resolved; one that came after it with the same pid
// does not get them.
func (p *process) refresh(root rootfs.FS, old *snapshot, now time.Duration, reread bool) (*snapshot, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.now.Load(); s != old {
		return s, nil
	}
	id, err := readIdentity(root, p.pid)
	ended := errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH)
	if old != nil && (ended || err == nil && id.born == old.born && id.gone()) {
		old.checked.Store(int64(now))
		return old, nil
	}
	if ended {
		return nil, &ProcessError{PID: p.pid, Reason: "there is no such process (any more)", Err: err}
	}
	if err != nil {
		return nil, &ProcessError{PID: p.pid, Reason: "cannot look into it", Err: err}
	}
	if old != nil && id == old.identity && !reread && now-old.read < mapsInterval {
		old.checked.Store(int64(now))
		return old, nil
	}
	s, err := p.snapshot(root, id, old)
	if err != nil {
		return nil, err
	}
	s.read = now
	s.checked.Store(int64(now))
	p.now.Store(s)
	return s, nil
}

// snapshot reads the mappings. What is known of those that old has too, and of
// the same program's compiled functions, is kept.
func (p *process) snapshot(root rootfs.FS, id identity, old *snapshot) (*snapshot, error) {
	text, err := os.ReadFile(procPath(root, p.pid, "maps"))
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil, &ProcessError{PID: p.pid, Reason: "reading its mappings needs its user's rights, or CAP_SYS_PTRACE", Err: err}
	case err != nil:
		return nil, &ProcessError{PID: p.pid, Reason: "cannot read its mappings", Err: err}
	}
	s := &snapshot{identity: id, jit: new(jit)}
	if s.mappings, err = parseMaps(text); err != nil {
		return nil, &ProcessError{PID: p.pid, Reason: "cannot read its mappings", Err: err}
	}
	if strings.TrimSpace(string(text)) == "" && id.gone() {
		return nil, &ProcessError{PID: p.pid, Reason: "it has no user memory: it is a kernel thread, or has ended"}
	}
	if old != nil && old.identity == id {
		s.jit = old.jit
		s.inherit(old)
	}
	return s, nil
}

// inherit takes over the files of mappings that have not changed.
func (s *snapshot) inherit(old *snapshot) {
	files := make(map[place]*atomic.Pointer[entryFile], len(old.mappings))
	for i := range old.mappings {
		if m := &old.mappings[i]; m.usable() {
			files[m.place] = m.loaded
		}
	}
	for i := range s.mappings {
		if loaded := files[s.mappings[i].place]; loaded != nil {
			s.mappings[i].loaded = loaded
		}
	}
}

// usable reports whether the mapping's file could be opened.
func (m *mapping) usable() bool {
	e := m.loaded.Load()
	return e != nil && e.key != fileKey{}
}
