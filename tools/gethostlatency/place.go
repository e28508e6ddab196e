package main

import (
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// place is a file that has the functions, or some of them.
type place struct {
	// name and pid are what to attach to, path is where the file is read.
	name, path string
	pid        int
	has        []string
}

// place finds the C library, that of the process if one is given, or the
// process's program if the library is linked into it.
func (o *options) place() (*place, error) {
	if o.pid < -1 {
		return nil, fmt.Errorf("--pid %d: there are no processes of negative numbers", o.pid)
	}
	pid := max(o.pid, 0)
	if pid != 0 {
		p, err := toolkit.ProgramOf(pid)
		if err != nil {
			return nil, err
		}
		static := &place{name: p.Name, path: p.Path, pid: p.PID}
		if static.look() == nil {
			return static, nil
		}
		if err := needLibrary(pid); err != nil {
			return nil, err
		}
	}
	file, err := bccgo.FindLibrary("c", pid)
	if err != nil {
		return nil, err
	}
	pl := &place{name: "c", path: file, pid: pid}
	return pl, pl.look()
}

// look finds out which functions the file has; none of them is an error.
func (pl *place) look() error {
	found, err := bccgo.UserFunctions(pl.path, strings.Join(functions, "|"))
	if err != nil {
		return err
	}
	for _, f := range found {
		pl.has = append(pl.has, f.Name)
	}
	if len(found) == 0 {
		return fmt.Errorf("%s has none of the functions %s", pl.path, strings.Join(functions, ", "))
	}
	return nil
}

// needLibrary refuses processes without C library. Those look up names in a way
// of their own, and that of other processes would be traced in vain.
func needLibrary(pid int) error {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return fmt.Errorf("--pid %d: look for its C library: %w", pid, err)
	}
	for line := range strings.Lines(string(maps)) {
		if isC(path.Base(strings.TrimSuffix(strings.TrimSpace(line), " (deleted)"))) {
			return nil
		}
	}
	return fmt.Errorf("--pid %d: it has no C library and none of its functions in its own program, so its look-ups cannot be seen", pid)
}

// isC tells whether a file's name is that of glibc or musl.
func isC(file string) bool {
	return slices.ContainsFunc([]string{"libc.so", "libc-", "libc.musl-", "ld-musl-"},
		func(prefix string) bool { return strings.HasPrefix(file, prefix) })
}

// attach probes the functions there are. Entries come first, so that every call
// whose return is seen has been seen to begin.
func (pl *place) attach(s *toolkit.Session, m *bccgo.Module) error {
	o := &bccgo.UprobeOptions{PID: pl.pid}
	for _, f := range functions {
		if !slices.Contains(pl.has, f) {
			s.Notef("%s: %s has none", f, pl.path)
			continue
		}
		link, err := m.AttachUprobe(pl.name, f, "enter", o)
		if err != nil {
			return err
		}
		s.Notef("%s: %v", f, link)
	}
	for _, f := range functions {
		if !slices.Contains(pl.has, f) {
			continue
		}
		if _, err := m.AttachUretprobe(pl.name, f, "return_"+f, o); err != nil {
			return err
		}
	}
	return nil
}
