package instance

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/rootfs"
	"github.com/bccgo/bcc/bccgo/internal/usym"
)

// settled is how old an instance is when its maker must have opened it.
const settled = time.Minute

// process is who makes instances.
type process struct {
	root rootfs.FS
	// namespace is the pid namespace that pid counts in.
	namespace uint64
	pid       int
	// born is when it started, in ticks after boot.
	born uint64
}

// owner describes this process.
func owner(root rootfs.FS) (process, error) {
	self := process{root: root, pid: os.Getpid()}
	info, err := os.Stat("/proc/self/ns/pid")
	if err != nil {
		return self, fmt.Errorf("name a trace instance: %w", err)
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		self.namespace = stat.Ino
	}
	if self.born, err = usym.Born(rootfs.Live, self.pid); err != nil {
		return self, fmt.Errorf("name a trace instance: %w", err)
	}
	return self, nil
}

var made atomic.Uint64

const nameFormat = "bccgo-%d-%d-%d-%d"

// next is a new name.
func (p process) next() string {
	return fmt.Sprintf(nameFormat, p.namespace, p.pid, p.born, made.Add(1))
}

// parseName reads whose an instance is; ok is false for others than ours.
func parseName(name string) (p process, ok bool) {
	var count uint64
	n, err := fmt.Sscanf(name, nameFormat, &p.namespace, &p.pid, &p.born, &count)
	if err != nil || n != 4 {
		return p, false
	}
	return p, name == fmt.Sprintf(nameFormat, p.namespace, p.pid, p.born, count)
}

// removeStale removes the instances of processes that have ended. That one
// cannot be removed is no error: the kernel refuses it while it is read, and
// whoever comes next tries again.
func (p process) removeStale(all string) {
	entries, err := os.ReadDir(all)
	if err != nil {
		return
	}
	for _, e := range entries {
		maker, ok := parseName(e.Name())
		if !ok {
			continue
		}
		if info, err := e.Info(); err == nil && p.stale(maker, time.Since(info.ModTime())) {
			_ = os.Remove(filepath.Join(all, e.Name()))
		}
	}
}

// stale tells whether the maker of an instance of that age has ended. Processes
// of other pid namespaces cannot be seen: of them it is enough that they have
// had the time to open the instance, since the kernel keeps what is open.
func (p process) stale(maker process, age time.Duration) bool {
	if maker.namespace != p.namespace {
		return age > settled
	}
	born, err := usym.Born(p.root, maker.pid)
	return errors.Is(err, fs.ErrNotExist) || err == nil && born != maker.born
}
