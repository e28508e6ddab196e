package main

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// indirect is an indirect function of a file: its symbol leads to a resolver,
// which returns the function to call.
type indirect struct {
	path     string
	resolver uint64 // offset in the file
}

// findIndirect finds the resolver behind a symbol that the file exports.
func findIndirect(path, name string) (indirect, error) {
	file, err := elf.Open(path)
	if err != nil {
		return indirect{}, fmt.Errorf("find the resolver of %s: %w", name, err)
	}
	defer file.Close()
	symbols, err := file.DynamicSymbols()
	if err != nil {
		return indirect{}, fmt.Errorf("find the resolver of %s in %s: %w", name, path, err)
	}
	for _, s := range symbols {
		if s.Name != name {
			continue
		}
		if elf.ST_TYPE(s.Info) != elf.STT_GNU_IFUNC {
			return indirect{}, fmt.Errorf("%s in %s is no indirect function; trace it with strlen_hist", name, path)
		}
		offset, err := fileOffset(file, s.Value)
		return indirect{path: path, resolver: offset}, err
	}
	return indirect{}, fmt.Errorf("%s exports no %s", path, name)
}

// fileOffset returns where in the file the byte is that an address stands for.
func fileOffset(file *elf.File, addr uint64) (uint64, error) {
	for _, p := range file.Progs {
		if p.Type == elf.PT_LOAD && p.Vaddr <= addr && addr < p.Vaddr+p.Filesz {
			return addr - p.Vaddr + p.Off, nil
		}
	}
	return 0, fmt.Errorf("address %#x is in no segment", addr)
}

// libcOf returns the path of the C library that a process has loaded.
func libcOf(pid int) (string, error) {
	name := fmt.Sprintf("/proc/%d/maps", pid)
	maps, err := os.ReadFile(name)
	if err != nil {
		return "", fmt.Errorf("find libc: %w", err)
	}
	for line := range strings.Lines(string(maps)) {
		if _, path, ok := strings.Cut(strings.TrimSpace(line), "/"); ok && filepath.Base(path) == "libc.so.6" {
			return "/" + path, nil
		}
	}
	return "", fmt.Errorf("find libc: no libc.so.6 in %s; only the GNU C library has indirect functions", name)
}
