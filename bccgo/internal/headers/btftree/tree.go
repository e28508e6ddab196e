package btftree

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/source"
)

// headerPath is the file that libbcc has the compiler read first.
const headerPath = "include/linux/kconfig.h"

// compilerIncludes are the headers that libbcc's own ones include.
var compilerIncludes = []string{
	"linux/types.h", "linux/bpf_common.h", "linux/version.h", "linux/log2.h", "asm/page.h",
	"uapi/linux/bpf.h", "uapi/linux/if_packet.h", "uapi/linux/if_ether.h", "uapi/linux/ptrace.h",
}

// Includes returns the headers that a text includes and that have to be there as
// empty files. Those that the compiler finds elsewhere are left out: libbcc's
// own ones, and files in folders that -I names.
func Includes(text string, cflags []string) ([]string, error) {
	var list []string
	for _, inc := range source.Scan(text).Includes {
		if strings.HasPrefix(inc.Name, "bcc/") || elsewhere(inc, cflags) {
			continue
		}
		if inc.Name != path.Clean(inc.Name) || !filepath.IsLocal(inc.Name) {
			return nil, fmt.Errorf("line %d: #include of %q leads out of the kernel's headers", inc.Line, inc.Name)
		}
		list = append(list, inc.Name)
	}
	return list, nil
}

// elsewhere tells whether a header is in a folder of the user's own.
func elsewhere(inc source.Include, cflags []string) bool {
	if filepath.IsAbs(inc.Name) {
		return true
	}
	for _, dir := range includeDirs(cflags) {
		if info, err := os.Stat(filepath.Join(dir, inc.Name)); err == nil && info.Mode().IsRegular() {
			return true
		}
	}
	return false
}

func includeDirs(cflags []string) []string {
	var dirs []string
	for i, flag := range cflags {
		for _, option := range []string{"-I", "-isystem", "-iquote"} {
			dir, ok := strings.CutPrefix(flag, option)
			if ok && dir == "" && i+1 < len(cflags) {
				dir = cflags[i+1]
			}
			if ok && dir != "" {
				dirs = append(dirs, dir)
			}
		}
	}
	return dirs
}

// Write puts a tree into a folder, which has to be empty.
func Write(dir string, h *Header, includes []string) error {
	files := map[string]string{headerPath: h.Text}
	for _, name := range append(includes, compilerIncludes...) {
		if file := "include/" + name; file != headerPath {
			files[file] = ""
		}
	}
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return fmt.Errorf("write header tree: %w", err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return fmt.Errorf("write header tree: %w", err)
		}
	}
	return nil
}
