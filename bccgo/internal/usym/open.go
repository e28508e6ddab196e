package usym

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// file returns the ELF file that a mapping is of.
func (r *Resolver) file(pid int, m *mapping, now time.Duration) (*File, error) {
	e := m.loaded.Load()
	if e == nil {
		e = r.identify(pid, m)
		m.loaded.Store(e)
	}
	return r.files.get(e, now, func() (source, error) {
		from, _, err := r.open(pid, &m.place)
		return from, err
	})
}

// identify finds the place in the cache for a mapping's file. For one that
// cannot be opened it makes a place outside, which says why.
func (r *Resolver) identify(pid int, m *mapping) *entryFile {
	from, key, err := r.open(pid, &m.place)
	if err != nil {
		e := &entryFile{}
		e.read.Store(&outcome{err: err})
		return e
	}
	from.Close()
	return r.files.entry(key)
}

// open opens what a mapping is of.
func (r *Resolver) open(pid int, p *place) (source, fileKey, error) {
	if p.path == vdso {
		return openVDSO(r.root, pid, p)
	}
	file, err := r.openMapped(pid, p)
	if err != nil {
		return source{}, fileKey{}, err
	}
	key, err := keyOf(file)
	if err != nil {
		file.Close()
		return source{}, fileKey{}, err
	}
	debug := debugFinder{path: p.path, roots: []string{procPath(r.root, pid, "root"), string(liveRoot(r.root))}}
	return source{ReaderAt: file, Closer: file, debug: debug}, key, nil
}

// openMapped opens the very file that is mapped, also one that was deleted or
// replaced since: /proc/PID/map_files leads to it, for those who have
// CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN. Without, or when the process has
// ended, a file at the path serves if it is the same one.
func (r *Resolver) openMapped(pid int, p *place) (*os.File, error) {
	name := "map_files/" + strconv.FormatUint(p.start, 16) + "-" + strconv.FormatUint(p.end, 16)
	file, mapErr := openRegular(procPath(r.root, pid, name))
	if mapErr == nil {
		return file, nil
	}
	if p.deleted {
		return nil, fmt.Errorf("the file was deleted or replaced: %w", mapErr)
	}
	file, err := openIn(procPath(r.root, pid, "root"), p.path)
	if err == nil {
		return file, nil
	}
	// The process has ended. Its path may be of another mount namespace, or be
	// another file now; the inode tells.
	file, liveErr := openIn(string(liveRoot(r.root)), p.path)
	if liveErr != nil {
		return nil, errors.Join(err, liveErr)
	}
	if key, keyErr := keyOf(file); keyErr != nil || key.inode != p.inode {
		file.Close()
		return nil, err
	}
	return file, nil
}

func keyOf(file *os.File) (fileKey, error) {
	info, err := file.Stat()
	if err != nil {
		return fileKey{}, fmt.Errorf("identify %s: %w", file.Name(), err)
	}
	key := fileKey{size: info.Size(), changed: info.ModTime().UnixNano()}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		key.device, key.inode = uint64(stat.Dev), stat.Ino
	}
	return key, nil
}

// maxVDSO is far more than any vdso has: two pages, as a rule.
const maxVDSO = 1 << 20

// openVDSO copies the kernel's own shared object from a process's memory.
// There is one for each kind of process: 64-bit, 32-bit.
func openVDSO(root rootfs.FS, pid int, p *place) (source, fileKey, error) {
	size := p.end - p.start
	if size > maxVDSO {
		return source{}, fileKey{}, fmt.Errorf("read vdso: its %d bytes are too many", size)
	}
	memory, err := os.Open(procPath(root, pid, "mem"))
	if err != nil {
		return source{}, fileKey{}, fmt.Errorf("read vdso: %w", err)
	}
	defer memory.Close()
	image := make([]byte, size)
	if _, err := io.ReadFull(io.NewSectionReader(memory, int64(p.start), int64(size)), image); err != nil {
		return source{}, fileKey{}, fmt.Errorf("read vdso: %w", err)
	}
	return source{ReaderAt: bytes.NewReader(image), Closer: io.NopCloser(nil)}, fileKey{sum: sha256.Sum256(image)}, nil
}
