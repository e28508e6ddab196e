package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// mapping is a file of which a process runs code.
type mapping struct {
	// addresses are where it is, as in /proc/PID/maps.
	addresses, path string
	deleted         bool
}

// mapped finds the libraries in what the process runs: whatever they are called,
// and inside of its program too.
func (o *options) mapped() ([]*library, error) {
	if o.pid < 1 {
		return nil, nil
	}
	file, err := os.Open(fmt.Sprintf("/proc/%d/maps", o.pid))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("--pid %d: there is no such process", o.pid)
	}
	if err != nil {
		return nil, fmt.Errorf("--pid %d: look for its libraries: %w", o.pid, err)
	}
	defer file.Close()
	mappings, err := readMappings(file)
	if err != nil {
		return nil, fmt.Errorf("--pid %d: look for its libraries: %w", o.pid, err)
	}
	var all []*library
	for _, mp := range mappings {
		for _, k := range o.kinds() {
			if l := mp.library(k, o.pid); l.look() == nil {
				all = append(all, l)
			}
		}
	}
	return all, nil
}

// readMappings reads /proc/PID/maps: each file once.
func readMappings(r io.Reader) ([]mapping, error) {
	var all []mapping
	seen := map[string]bool{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) < 6 || !strings.Contains(f[1], "x") || !strings.HasPrefix(f[5], "/") {
			continue
		}
		// The path may have blanks in it.
		path := lines.Text()[strings.Index(lines.Text(), "/"):]
		if seen[path] {
			continue
		}
		seen[path] = true
		mp := mapping{addresses: f[0]}
		mp.path, mp.deleted = strings.CutSuffix(path, " (deleted)")
		all = append(all, mp)
	}
	return all, lines.Err()
}

// library is the mapping as a library of a kind, which it may not be. No name
// leads a process to a file that was deleted, or replaced; the kernel has it.
func (mp mapping) library(k *kind, pid int) *library {
	if mp.deleted {
		path := fmt.Sprintf("/proc/%d/map_files/%s", pid, mp.addresses)
		return &library{kind: k, name: path, path: path}
	}
	return &library{kind: k, name: mp.path, path: fmt.Sprintf("/proc/%d/root%s", pid, mp.path), pid: pid}
}
