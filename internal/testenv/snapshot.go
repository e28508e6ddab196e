package testenv

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// snapshot is what a process holds: goroutines by number, descriptors and
// children with a description each.
type snapshot struct {
	goroutines map[string]string
	fds        map[string]string
	children   map[string]string
}

func takeSnapshot() snapshot {
	return snapshot{
		goroutines: goroutines(),
		fds:        descriptors(),
		children:   children(os.Getpid()),
	}
}

// leaks describes what is in the later snapshot and not in s.
func (s snapshot) leaks(later snapshot) []string {
	var list []string
	for _, part := range []struct {
		kind          string
		before, after map[string]string
	}{
		{"goroutine", s.goroutines, later.goroutines},
		{"file descriptor", s.fds, later.fds},
		{"child process", s.children, later.children},
	} {
		for _, key := range sortedKeys(part.after) {
			if old, ok := part.before[key]; ok && (old == part.after[key] || part.kind == "goroutine") {
				continue
			}
			list = append(list, fmt.Sprintf("%s %s: %s", part.kind, key, part.after[key]))
		}
	}
	return list
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// runtimeFDs are descriptors that Go's runtime opens once and keeps.
var runtimeFDs = []string{"anon_inode:[eventpoll]", "anon_inode:[eventfd]"}

// descriptors returns the open descriptors and what each stands for.
func descriptors() map[string]string {
	const dir = "/proc/self/fd"
	open := make(map[string]string)
	found, err := os.ReadDir(dir)
	if err != nil {
		return map[string]string{"unknown": err.Error()}
	}
	for _, entry := range found {
		target, err := os.Readlink(filepath.Join(dir, entry.Name()))
		// The descriptor of the listing itself is closed by now.
		if err != nil || slices.Contains(runtimeFDs, target) {
			continue
		}
		open[entry.Name()] = target
	}
	return open
}

// children returns the child processes of pid, zombies among them. It reads
// every process, since not all kernels list children.
func children(pid int) map[string]string {
	list := make(map[string]string)
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return list
	}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // ended meanwhile
		}
		child, comm, state, parent, ok := parseStat(string(text))
		if ok && parent == pid {
			list[child] = fmt.Sprintf("%s (state %s)", comm, state)
		}
	}
	return list
}

// parseStat takes /proc/PID/stat apart. The name in parentheses may itself
// hold blanks and parentheses.
func parseStat(text string) (pid, comm, state string, parent int, ok bool) {
	open, end := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return "", "", "", 0, false
	}
	rest := strings.Fields(text[end+1:])
	if len(rest) < 2 {
		return "", "", "", 0, false
	}
	parent, err := strconv.Atoi(rest[1])
	return strings.TrimSpace(text[:open]), text[open+1 : end], rest[0], parent, err == nil
}
