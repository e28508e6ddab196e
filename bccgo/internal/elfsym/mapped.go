package elfsym

import (
	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// MappedFile is a file that a process runs code from.
type MappedFile struct {
	// Path is where the process has it, File a path that this process can open
	// it by: through /proc/PID if the two see different files there.
	Path, File string
	// Deleted tells that the file is no longer at Path.
	Deleted bool
}

// MappedFiles lists the files a process runs code from, each once, in the order
// of addresses.
func MappedFiles(root rootfs.FS, pid int) ([]MappedFile, error) {
	mappings, err := Mappings(root, pid)
	if err != nil {
		return nil, err
	}
	type key struct {
		path    string
		deleted bool
	}
	seen := make(map[key]bool)
	var files []MappedFile
	for _, m := range mappings {
		k := key{m.Path, m.Deleted}
		if !m.Exec || seen[k] {
			continue
		}
		seen[k] = true
		files = append(files, MappedFile{Path: m.Path, File: mappedFile(root, pid, m), Deleted: m.Deleted})
	}
	return files, nil
}

// Running returns the path of the very file that a process has mapped from path:
// path itself, unless the file there was deleted or replaced since. One that is
// not mapped yet is path, too.
func Running(root rootfs.FS, path string, pid int) string {
	files, err := MappedFiles(root, pid)
	if err != nil {
		return path
	}
	old := path
	for _, f := range files {
		switch {
		case sameFile(f.File, path):
			return path
		case f.Deleted && (f.Path == path || processRoot(root, pid).Path(f.Path) == path):
			old = f.File
		}
	}
	return old
}
