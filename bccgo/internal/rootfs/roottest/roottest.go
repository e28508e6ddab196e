// Package roottest builds file trees for tests of readers that take a
// rootfs.FS.
package roottest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// Link, put before a target as a file's contents, makes a symbolic link.
const Link = "-> "

// Tree writes files, paths to contents, below a new temporary directory and
// returns it as a root. A path that ends in "/" makes an empty directory;
// contents that begin with Link make a symbolic link.
func Tree(t testing.TB, files map[string]string) rootfs.FS {
	t.Helper()
	root := t.TempDir()
	for name, contents := range files {
		if err := write(filepath.Join(root, name), contents, strings.HasSuffix(name, "/")); err != nil {
			t.Fatal(err)
		}
	}
	return rootfs.FS(root)
}

func write(path, contents string, isDir bool) error {
	if isDir {
		return os.MkdirAll(path, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if target, ok := strings.CutPrefix(contents, Link); ok {
		return os.Symlink(target, path)
	}
	return os.WriteFile(path, []byte(contents), 0o644)
}

// With returns a copy of files with the entries of changes put in; an entry
// that is "" there is taken out.
func With(files, changes map[string]string) map[string]string {
	out := make(map[string]string, len(files)+len(changes))
	for name, contents := range files {
		out[name] = contents
	}
	for name, contents := range changes {
		if contents == "" && !strings.HasSuffix(name, "/") {
			delete(out, name)
			continue
		}
		out[name] = contents
	}
	return out
}
