//go:build cgo

package cc

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// fileList is where clang lists the files it reads: a file in memory, since a
// compile leaves nothing behind.
type fileList struct{ file *os.File }

func newFileList() (*fileList, error) {
	fd, err := unix.MemfdCreate("files", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make a file in memory: %w", err)
	}
	return &fileList{os.NewFile(uintptr(fd), "files")}, nil
}

// cflags make clang write the list, in make's notation.
func (l *fileList) cflags() []string {
	return []string{"-MD", "-MF", fmt.Sprintf("/proc/self/fd/%d", l.file.Fd())}
}

// read returns what the compile depended on: the headers it read, and the
// libraries that read them.
func (l *fileList) read(base string) ([]string, error) {
	rule, err := os.ReadFile(fmt.Sprintf("/proc/self/fd/%d", l.file.Fd()))
	if err != nil {
		return nil, fmt.Errorf("read clang's list of files: %w", err)
	}
	var files []string
	for _, name := range parseRule(string(rule)) {
		if strings.HasPrefix(name, "/virtual/") {
			continue // libbcc's own, which its library holds
		}
		if !filepath.IsAbs(name) {
			name = filepath.Join(base, name)
		}
		if name = filepath.Clean(name); !strings.HasPrefix(name, childTree+"/") {
			files = append(files, name)
		}
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return nil, fmt.Errorf("list libbcc's libraries: %w", err)
	}
	return append(files, mappedLibraries(string(maps))...), nil
}

// mappedLibraries lists the shared libraries in a list of mappings.
func mappedLibraries(maps string) []string {
	var files []string
	for line := range strings.Lines(maps) {
		at := strings.IndexByte(line, '/')
		if at < 0 {
			continue
		}
		path := strings.TrimSuffix(line[at:], "\n")
		if strings.Contains(filepath.Base(path), ".so") && (len(files) == 0 || files[len(files)-1] != path) {
			files = append(files, path)
		}
	}
	return files
}
