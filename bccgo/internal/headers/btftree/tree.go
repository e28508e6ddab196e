package btftree

import (
	"errors"
	"fmt"
	"io/fs"
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

// Sources are the headers that a text includes.
type Sources struct {
	// Includes have to be there as empty files.
	Includes []string
	// Texts are those of the user's own headers, in folders that -I names.
	Texts []string
}

// FindSources follows the includes of a text. libbcc's own headers are left out.
func FindSources(text string, cflags []string) (*Sources, error) {
	s := new(Sources)
	for _, file := range flagValues(cflags, "-include", "-imacros") {
		text += fmt.Sprintf("\n#include %q\n", file)
	}
	return s, s.follow(text, flagValues(cflags, "-I", "-isystem", "-iquote", "-idirafter"), make(map[string]bool))
}

func (s *Sources) follow(text string, dirs []string, seen map[string]bool) error {
	for _, inc := range source.Scan(text).Includes {
		if seen[inc.Name] || strings.HasPrefix(inc.Name, "bcc/") {
			continue
		}
		seen[inc.Name] = true
		own, err := readOwn(inc.Name, dirs)
		switch {
		case err != nil:
			return err
		case own != "":
			s.Texts = append(s.Texts, own)
			if err := s.follow(own, dirs, seen); err != nil {
				return err
			}
		case inc.Name != path.Clean(inc.Name) || !filepath.IsLocal(inc.Name):
			return fmt.Errorf("line %d: #include of %q leads out of the kernel's headers", inc.Line, inc.Name)
		default:
			s.Includes = append(s.Includes, inc.Name)
		}
	}
	return nil
}

// readOwn reads a header that is in a folder of the user's own, "" if it is not.
func readOwn(name string, dirs []string) (string, error) {
	if filepath.IsAbs(name) {
		dirs = []string{"/"}
	}
	for _, dir := range dirs {
		file := filepath.Join(dir, name)
		info, err := os.Stat(file)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err == nil && !info.Mode().IsRegular():
			return "\n", nil // the compiler's business: to read it may take forever
		}
		data, err := os.ReadFile(file)
		// An empty header must not count as none.
		return string(data) + "\n", err
	}
	return "", nil
}

// flagValues are the values of compiler arguments, written in one piece or in
// two.
func flagValues(cflags []string, options ...string) []string {
	var list []string
	for i, flag := range cflags {
		for _, option := range options {
			value, ok := strings.CutPrefix(flag, option)
			if ok && value == "" && i+1 < len(cflags) {
				value = cflags[i+1]
			}
			if ok && value != "" {
				list = append(list, value)
			}
		}
	}
	return list
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
