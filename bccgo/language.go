package bccgo

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/elfsym"
	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// runtimes are languages and how the programs and libraries that run them begin.
var runtimes = []struct{ language, program, library string }{
	{"java", "java", "libjvm"},
	{"node", "node", "libnode"},
	{"perl", "perl", "libperl"},
	{"php", "php", "libphp"},
	{"python", "python", "libpython"},
	{"ruby", "ruby", "libruby"},
}

// DetectLanguage tells which language a process runs: "java", "node", "perl",
// "php", "python" or "ruby" by the name of its program or else of a library it
// has mapped, "c" for any other. It is "" if the language is not among the
// candidates. A process that is not there is fs.ErrNotExist; looking into one of
// another user needs CAP_SYS_PTRACE.
func DetectLanguage(candidates []string, pid int) (string, error) {
	return detectLanguage(rootfs.Live, candidates, pid)
}

func detectLanguage(root rootfs.FS, candidates []string, pid int) (string, error) {
	program, err := root.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		return "", detectError(pid, err)
	}
	mapped, err := elfsym.Mappings(root, pid)
	if err != nil {
		return "", detectError(pid, err)
	}
	language := languageOf(path.Base(program), mapped)
	if !slices.Contains(candidates, language) {
		return "", nil
	}
	return language, nil
}

func detectError(pid int, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("there is no such process, or it is a kernel thread: %w", err)
	}
	return fmt.Errorf("detect the language of process %d: %w", pid, err)
}

func languageOf(program string, mapped []elfsym.Mapping) string {
	for _, r := range runtimes {
		if strings.HasPrefix(program, r.program) {
			return r.language
		}
	}
	for _, r := range runtimes {
		if slices.ContainsFunc(mapped, func(m elfsym.Mapping) bool { return strings.HasPrefix(path.Base(m.Path), r.library) }) {
			return r.language
		}
	}
	return "c"
}
