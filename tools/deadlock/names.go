package main

import (
	"debug/elf"
	"fmt"
	"os"
	"strings"
)

// object is a file that a process has mapped: base is where its first byte is.
type object struct {
	path string
	base uint64
}

// objects lists the files that a process has mapped from their beginning.
func objects(maps string) []object {
	var all []object
	for line := range strings.Lines(maps) {
		var start, end, offset, inode uint64
		var perms, device, path string
		n, _ := fmt.Sscanf(line, "%x-%x %s %x %s %d %s", &start, &end, &perms, &offset, &device, &inode, &path)
		if n == 7 && offset == 0 && strings.HasPrefix(path, "/") {
			all = append(all, object{path, start})
		}
	}
	return all
}

// globalName returns the name of the global variable at an address of a process,
// as the linker knows it; "" if that cannot be told.
func globalName(pid int, address uint64) string {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return "" // it has ended
	}
	for _, o := range objects(string(maps)) {
		if o.base > address {
			continue
		}
		file, err := elf.Open(fmt.Sprintf("/proc/%d/root%s", pid, o.path))
		if err != nil {
			continue // no program or library
		}
		name := variable(file, o.base, address)
		file.Close()
		if name != "" {
			return name
		}
	}
	return ""
}

// variable returns the name of the variable of a file at an address, the file
// being loaded at base.
func variable(file *elf.File, base, address uint64) string {
	low, high := ^uint64(0), uint64(0)
	for _, p := range file.Progs {
		if p.Type == elf.PT_LOAD {
			low, high = min(low, p.Vaddr-p.Off), max(high, p.Vaddr+p.Memsz)
		}
	}
	linked := address - base + low
	if address < base || linked >= high {
		return ""
	}
	symbols, err := file.Symbols()
	if err != nil {
		symbols, err = file.DynamicSymbols()
	}
	if err != nil {
		return "" // stripped
	}
	for _, s := range symbols {
		if elf.ST_TYPE(s.Info) == elf.STT_OBJECT && linked >= s.Value && linked-s.Value < max(s.Size, 1) {
			return s.Name
		}
	}
	return ""
}
