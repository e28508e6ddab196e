package usym

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// jitInterval is the least time between two looks at a perf map.
const jitInterval = 200 * time.Millisecond

// jit is the compiled functions of one process. Its map grows while the
// process runs; it is read again when it has changed.
type jit struct {
	mu      sync.RWMutex
	asked   bool
	checked time.Duration
	size    int64
	changed time.Time
	file    *perfMap // nil where there is none
	err     error    // why one that is there cannot be used
}

// lookup returns the compiled function at addr. The error tells why there is
// no map, nil if there just is none.
func (j *jit) lookup(root rootfs.FS, pid int, addr uint64, now time.Duration) (name string, offset uint64, ok bool, err error) {
	fresh, file, err := j.known(now)
	if !fresh {
		file, err = j.look(root, pid, now)
	}
	if file == nil {
		return "", 0, false, err
	}
	name, offset, ok = file.lookup(addr)
	return name, offset, ok, err
}

// known returns what the last look gave; fresh tells that it was a moment ago.
func (j *jit) known(now time.Duration) (fresh bool, file *perfMap, err error) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	return j.asked && now-j.checked < jitInterval, j.file, j.err
}

// look looks at the map again, unless another goroutine has just done so.
func (j *jit) look(root rootfs.FS, pid int, now time.Duration) (*perfMap, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.asked || now-j.checked >= jitInterval {
		j.asked, j.checked = true, now
		j.refresh(root, pid)
	}
	return j.file, j.err
}

// refresh reads the map if it has changed. What was read stays when the
// process, and with it the map, is gone.
func (j *jit) refresh(root rootfs.FS, pid int) {
	file, err := openPerfMap(root, pid)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return
	}
	if err != nil {
		j.err = err
		return
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		j.err = fmt.Errorf("open perf map: %w", err)
		return
	}
	if j.file != nil && info.Size() == j.size && info.ModTime().Equal(j.changed) {
		return
	}
	read, err := readPerfMap(file, info.Size())
	j.err = err
	if err == nil {
		j.file, j.size, j.changed = read, info.Size(), info.ModTime()
	}
}

// openPerfMap opens the map where the process writes it: in its own /tmp,
// under the pid that it has in its own namespace; else in this one's.
func openPerfMap(root rootfs.FS, pid int) (*os.File, error) {
	uid, inner, err := innerPID(root, pid)
	if err != nil {
		return nil, err
	}
	file, err := openIn(procPath(root, pid, "root"), fmt.Sprintf("/tmp/perf-%s.map", inner))
	if errors.Is(err, fs.ErrNotExist) {
		file, err = openIn(string(liveRoot(root)), fmt.Sprintf("/tmp/perf-%d.map", pid))
	}
	if err != nil {
		return nil, err
	}
	if err := trusted(file, uid); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// trusted refuses a map that another user has put there: everyone may write
// to /tmp.
func trusted(file *os.File, uid string) error {
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("open perf map: %w", err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || stat.Uid != 0 && fmt.Sprint(stat.Uid) != uid {
		return fmt.Errorf("open perf map: %s does not belong to the process's user or root", file.Name())
	}
	return nil
}

// innerPID returns a process's effective user, and the pid it has in the
// innermost of its namespaces. Kernels before 4.1 do not tell that.
func innerPID(root rootfs.FS, pid int) (uid, inner string, err error) {
	text, err := os.ReadFile(procPath(root, pid, "status"))
	if err != nil {
		return "", "", fmt.Errorf("read the status of process %d: %w", pid, err)
	}
	inner = fmt.Sprint(pid)
	for line := range strings.Lines(string(text)) {
		name, rest, _ := strings.Cut(line, ":")
		fields := strings.Fields(rest)
		switch {
		case name == "Uid" && len(fields) > 1:
			uid = fields[1]
		case name == "NSpid" && len(fields) > 0:
			inner = fields[len(fields)-1]
		}
	}
	return uid, inner, nil
}
