package elfsym

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"

	"github.com/bccgo/bcc/bccgo/internal/nearest"
	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// libraryDirs are searched where the loader's cache does not help: it is
// missing (musl has none) or older than the library. A * stands for the
// machine's name on Debian.
var libraryDirs = []string{
	"/lib/*-linux-gnu*", "/usr/lib/*-linux-gnu*",
	"/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib64", "/usr/local/lib",
}

// FindLibrary returns the path of a shared library. The name may be short
// ("c", "ssl"), with its ending ("libc.so.6"), or a path, which is only
// checked. The path can be opened by this process.
//
// With pid 0 the loader's cache decides, then the usual directories; only
// libraries for this program's machine count, and builds for certain
// processors only where there is no general one. With a pid the libraries that
// process has mapped come first, then its mount namespace's cache and
// directories; the path leads through /proc/PID/root if that namespace is
// another one, and is valid while the process lives. A mapped library whose
// file was replaced since is found too.
//
// A failure is a *LibraryError.
func FindLibrary(root rootfs.FS, name string, pid int) (string, error) {
	if hasSlash(name) {
		return findPath(root, "library", name, pid)
	}
	view := root
	if pid != 0 {
		mapped, err := mappedLibrary(root, name, pid)
		if mapped != "" || err != nil {
			return mapped, err
		}
		view = processRoot(root, pid)
	}
	found, libraries := installedLibrary(view, name, machineOf(root, pid))
	if found != "" {
		return shortest(root, view, found), nil
	}
	return "", &LibraryError{
		Kind: "library", Name: name, PID: pid,
		Reason:  "neither the loader's cache (" + ldCache + ") nor the library directories have it",
		Nearest: nearest.In(name, shortNames(libraries), nearestNames),
	}
}

// processRoot is the file system a process sees.
func processRoot(root rootfs.FS, pid int) rootfs.FS {
	return rootfs.FS(filepath.Join(string(rootOrLive(root)), procPath(pid, "root")))
}

func rootOrLive(root rootfs.FS) rootfs.FS {
	if root.IsLive() {
		return rootfs.Live
	}
	return root
}

// findPath checks that a path names a file, in the process's view first.
func findPath(root rootfs.FS, kind, name string, pid int) (string, error) {
	view := root
	if pid != 0 {
		view = processRoot(root, pid)
	}
	info, err := view.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil && isGone(root, pid) {
		return "", &LibraryError{Kind: kind, Name: name, PID: pid, Gone: true, Reason: "there is no such process", Err: err}
	}
	if err != nil {
		return "", &LibraryError{Kind: kind, Name: name, PID: pid, Reason: "cannot use the path", Err: err}
	}
	return shortest(root, view, name), nil
}

// isGone tells that a process was named and does not exist.
func isGone(root rootfs.FS, pid int) bool {
	_, err := root.Stat(procPath(pid, ""))
	return pid > 0 && errors.Is(err, fs.ErrNotExist)
}

// shortest returns the host path of file in view, as plain as it can be: the
// path itself where root has the same file there.
func shortest(root, view rootfs.FS, file string) string {
	inView := view.Path(file)
	plain := root.Path(file)
	if inView == plain {
		return plain
	}
	if sameFile(inView, plain) {
		return plain
	}
	return inView
}

func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// mappedLibrary looks among the files a process runs code from. No match is
// no error.
func mappedLibrary(root rootfs.FS, name string, pid int) (string, error) {
	mappings, err := Mappings(root, pid)
	if err != nil {
		reason, gone := "cannot look into the process (of another user it needs CAP_SYS_PTRACE)", errors.Is(err, fs.ErrNotExist)
		if gone {
			reason = "there is no such process"
		}
		return "", &LibraryError{Kind: "library", Name: name, PID: pid, Gone: gone, Reason: reason, Err: err}
	}
	for _, m := range mappings {
		if m.Exec && isLibrary(name, path.Base(m.Path)) {
			return mappedFile(root, pid, m), nil
		}
	}
	return "", nil
}

// mappedFile is the path of the very file a mapping is of. A deleted or
// replaced one can still be reached through /proc/PID/map_files.
func mappedFile(root rootfs.FS, pid int, m Mapping) string {
	if !m.Deleted {
		return shortest(root, processRoot(root, pid), m.Path)
	}
	return root.Path(procPath(pid, "map_files/"+
		strconv.FormatUint(m.Start, 16)+"-"+strconv.FormatUint(m.End, 16)))
}

// installedLibrary searches the loader's cache below view, then directories.
// It returns a path inside view, and the cache for the sake of suggestions.
func installedLibrary(view rootfs.FS, name string, want machine) (string, []CachedLibrary) {
	libraries := readLdCache(view)
	// General builds first; the order is otherwise the loader's.
	slices.SortStableFunc(libraries, func(a, b CachedLibrary) int {
		return order(a.HWCap != 0) - order(b.HWCap != 0)
	})
	for _, exact := range []bool{true, false} {
		for _, one := range libraries {
			if exact && one.Name != name || !exact && !isLibrary(name, one.Name) {
				continue
			}
			if want.matches(view.Path(one.Path)) {
				return one.Path, libraries
			}
		}
	}
	return libraryInDirs(view, name, want), libraries
}

func order(special bool) int {
	if special {
		return 1
	}
	return 0
}

// readLdCache returns nothing where there is no usable cache, as the loader
// does: it then searches directories.
func readLdCache(view rootfs.FS) []CachedLibrary {
	data, err := view.ReadFile(ldCache)
	if err != nil {
		return nil
	}
	libraries, err := ParseLdCache(data)
	if err != nil {
		return nil
	}
	return libraries
}

func libraryInDirs(view rootfs.FS, name string, want machine) string {
	for _, pattern := range libraryDirs {
		for _, dir := range expand(view, pattern) {
			entries, err := view.ReadDir(dir)
			if err != nil {
				continue
			}
			for _, entry := range entries {
				file := path.Join(dir, entry.Name())
				if isLibrary(name, entry.Name()) && want.matches(view.Path(file)) {
					return file
				}
			}
		}
	}
	return ""
}

// expand returns the directories below view that pattern, whose last part may
// have a *, stands for.
func expand(view rootfs.FS, pattern string) []string {
	parent, last := path.Split(pattern)
	entries, err := view.ReadDir(parent)
	if err != nil {
		return nil
	}
	var dirs []string
	for _, entry := range entries {
		if ok, err := path.Match(last, entry.Name()); err == nil && ok {
			dirs = append(dirs, path.Join(parent, entry.Name()))
		}
	}
	return dirs
}

// machineOf is what a process, or this one for pid 0, is built for.
func machineOf(root rootfs.FS, pid int) machine {
	if pid != 0 {
		if m, err := readMachine(root.Path(procPath(pid, "exe"))); err == nil {
			return m
		}
	}
	return machines[runtime.GOARCH]
}
