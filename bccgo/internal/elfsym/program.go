package elfsym

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// defaultPath is searched where the environment has no PATH.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// FindExe returns the path of a program: a name with a slash is a path and
// only checked; any other is looked for in the directories of PATH, below
// root. A failure is a *LibraryError.
func FindExe(root rootfs.FS, name string) (string, error) {
	if hasSlash(name) {
		return findPath(root, "program", name, 0)
	}
	dirs := os.Getenv("PATH")
	if dirs == "" {
		dirs = defaultPath
	}
	for dir := range strings.SplitSeq(dirs, ":") {
		file := path.Join(dir, name)
		// A relative entry would make the answer depend on the directory.
		if name == "" || !path.IsAbs(file) {
			continue
		}
		if info, err := root.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return root.Path(file), nil
		}
	}
	return "", &LibraryError{Kind: "program", Name: name, Reason: "no directory of PATH has it (" + dirs + ")"}
}

// Find returns the path of what a probe's target names: a path; else a
// library, as FindLibrary finds it; else a program in PATH. With a pid, the
// process's own program is also known by its name. A failure is a
// *LibraryError.
func Find(root rootfs.FS, name string, pid int) (string, error) {
	library, libraryErr := FindLibrary(root, name, pid)
	if libraryErr == nil || hasSlash(name) {
		return library, libraryErr
	}
	if pid != 0 {
		if exe, err := ProcessExe(root, pid); err == nil && path.Base(exe) == name {
			return exe, nil
		}
	}
	if exe, err := FindExe(root, name); err == nil {
		return exe, nil
	}
	var failed *LibraryError
	if errors.As(libraryErr, &failed) && failed.Err == nil {
		failed.Kind = "library or program"
		failed.Reason += ", and no directory of PATH has a program of that name"
	}
	return "", libraryErr
}

// ProcessExe returns a path of the program a process runs: its plain path
// where that is the same file for this process, else one through /proc/PID,
// which is valid while the process lives.
func ProcessExe(root rootfs.FS, pid int) (string, error) {
	link := procPath(pid, "exe")
	target, err := root.Readlink(link)
	if err != nil {
		return "", fmt.Errorf("find the program of process %d: %w", pid, err)
	}
	if plain := root.Path(target); sameFile(root.Path(link), plain) {
		return plain, nil
	}
	if inside := processRoot(root, pid).Path(target); sameFile(root.Path(link), inside) {
		return inside, nil
	}
	return root.Path(link), nil
}
