package main

import (
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/bccgo/bcc/tools/internal/runtimes"
)

// young is how long a process is looked at again because it may not have loaded
// its runtime yet.
const young = 5 * time.Second

// fileID tells files apart, in whatever mounts they are.
type fileID struct{ device, inode uint64 }

// runtimeFile is a file of a runtime that a process has mapped.
type runtimeFile struct {
	id      fileID
	path    string // as the process sees it
	runtime *runtimes.Runtime
}

// process is a process of the machine.
type process struct {
	program string // what it runs
	since   time.Time
	files   []runtimeFile // nil if it runs no runtime
}

// scanner finds the processes with runtimes.
type scanner struct {
	languages []string
	pid       int // the only one, 0 for all
	known     map[int]*process
}

// scan looks at the processes that are new, or young, and returns all that run a
// runtime. Processes that end meanwhile are left out.
func (s *scanner) scan(now time.Time) (map[int]*process, error) {
	pids, err := s.pids()
	if err != nil {
		return nil, err
	}
	found, known := make(map[int]*process), make(map[int]*process)
	for _, pid := range pids {
		program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
		if err != nil {
			continue
		}
		p := s.known[pid]
		if p == nil || p.program != program {
			p = &process{program: program, since: now}
		}
		if p.files == nil && now.Sub(p.since) < young {
			p.files = s.files(pid)
		}
		known[pid] = p
		if p.files != nil {
			found[pid] = p
		}
	}
	s.known = known
	return found, nil
}

func (s *scanner) pids() ([]int, error) {
	if s.pid != 0 {
		return []int{s.pid}, nil
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("list the processes: %w", err)
	}
	var list []int
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			list = append(list, pid)
		}
	}
	return list, nil
}

// files are the files of runtimes that a process has mapped.
func (s *scanner) files(pid int) (list []runtimeFile) {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return nil // it has ended
	}
	seen := make(map[string]bool)
	for line := range strings.Lines(string(maps)) {
		at := strings.IndexByte(line, '/')
		if at < 0 {
			continue
		}
		file := strings.TrimSuffix(line[at:], "\n")
		r := s.runtimeOf(path.Base(file))
		if seen[file] || r == nil {
			continue
		}
		seen[file] = true
		if id, err := identify(pid, file); err == nil {
			list = append(list, runtimeFile{id, file, r})
		}
	}
	return list
}

// runtimeOf is the runtime that a file's name stands for, or nil.
func (s *scanner) runtimeOf(name string) *runtimes.Runtime {
	for _, language := range s.languages {
		r := runtimes.ByLanguage(language)
		if slices.ContainsFunc(r.Files, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			return r
		}
	}
	return nil
}

func identify(pid int, file string) (fileID, error) {
	info, err := os.Stat(fmt.Sprintf("/proc/%d/root%s", pid, file))
	if err != nil {
		return fileID{}, err
	}
	st := info.Sys().(*syscall.Stat_t)
	return fileID{uint64(st.Dev), st.Ino}, nil
}
