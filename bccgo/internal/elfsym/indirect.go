package elfsym

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// irelative is the relocation by which the loader stores an indirect
// function's choice, by machine.
var irelative = map[elf.Machine]uint32{
	elf.EM_X86_64:  uint32(elf.R_X86_64_IRELATIVE),
	elf.EM_AARCH64: uint32(elf.R_AARCH64_IRELATIVE),
}

// IndirectOffset is Implementation for the function symbol of the file at path.
func IndirectOffset(root rootfs.FS, path, symbol string, pid int) (uint64, error) {
	b, err := Open(path)
	if err != nil {
		return 0, err
	}
	found, err := b.Lookup(symbol)
	if err != nil {
		return 0, err
	}
	return b.Implementation(root, found, pid)
}

// Implementation returns where in the file the implementation of an indirect
// function begins that the loader chose on this machine. It is read from the
// memory of a process that has the file mapped: pid, or with pid 0 the first
// one that this process may look into. Every process on a machine gets the same
// choice, unless its environment tunes the C library. An ordinary function
// gives its own offset.
//
// Only x86-64 and arm64. A failure that concerns the symbol is a
// *SymbolError; reading another's memory needs CAP_SYS_PTRACE.
func (b *Binary) Implementation(root rootfs.FS, symbol Symbol, pid int) (uint64, error) {
	if !symbol.Indirect {
		return symbol.Offset, nil
	}
	slot, err := choiceSlot(b.path, symbol.Addr)
	if err != nil {
		return 0, err
	}
	if slot == 0 {
		return 0, &SymbolError{Path: b.path, Symbol: symbol.Name, Reason: "it is an indirect function, and the file " +
			"does not use it itself, so nowhere tells which one the loader picked"}
	}
	pids := []int{pid}
	if pid == 0 {
		pids = processes(root)
	}
	var last error
	for _, one := range pids {
		offset, err := b.chosen(root, one, slot)
		if err == nil {
			return offset, nil
		}
		last = err
	}
	return 0, &SymbolError{Path: b.path, Symbol: symbol.Name, NeedsPID: pid == 0, Err: last,
		Reason: "it is an indirect function, and no process that has the file mapped could be read, which would tell what it stands for: name one"}
}

// choiceSlot returns the address, before relocation, of the word in which the
// loader stores what the resolver at addr chose; 0 where there is none.
func choiceSlot(path string, addr uint64) (uint64, error) {
	file, err := openImage(path)
	if err != nil {
		return 0, fmt.Errorf("read the relocations of %s: %w", path, err)
	}
	defer file.Close()
	return slotIn(file.File, path, addr)
}

func slotIn(file *elf.File, path string, addr uint64) (uint64, error) {
	kind, known := irelative[file.Machine]
	if !known || file.Class != elf.ELFCLASS64 {
		return 0, fmt.Errorf("read the relocations of %s: indirect functions of %s are not known", path, file.Machine)
	}
	for _, section := range file.Sections {
		if section.Type != elf.SHT_RELA {
			continue
		}
		data, err := section.Data()
		if err != nil {
			return 0, fmt.Errorf("read the relocations of %s: %w", path, err)
		}
		if slot := findRela(data, file.ByteOrder, kind, addr); slot != 0 {
			return slot, nil
		}
	}
	return 0, nil
}

// findRela returns the place of the relocation of that kind and addend.
func findRela(data []byte, order binary.ByteOrder, kind uint32, addend uint64) uint64 {
	const size = 24
	for ; len(data) >= size; data = data[size:] {
		info := order.Uint64(data[8:])
		if elf.R_TYPE64(info) == kind && order.Uint64(data[16:]) == addend {
			return order.Uint64(data)
		}
	}
	return 0
}

// processes lists the running ones, this one first.
func processes(root rootfs.FS) []int {
	entries, err := root.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var pids []int
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	return slices.Insert(pids, 0, os.Getpid())
}

// chosen reads the slot from a process's memory and translates its value to
// an offset in the file.
func (b *Binary) chosen(root rootfs.FS, pid int, slot uint64) (uint64, error) {
	mappings, err := Mappings(root, pid)
	if err != nil {
		return 0, err
	}
	base, code, ok := b.loadedAt(root, pid, mappings)
	if !ok {
		return 0, fmt.Errorf("process %d has not mapped %s", pid, b.path)
	}
	value, err := readWord(root.Path(procPath(pid, "mem")), base+slot)
	if err != nil {
		return 0, err
	}
	if value < code.Start || value >= code.End {
		return 0, fmt.Errorf("in process %d it stands for %s, which is outside of the file's code", pid, hex(value))
	}
	return value - code.Start + code.Offset, nil
}

// loadedAt returns what the loader added to the file's addresses, and the
// mapping of its code.
func (b *Binary) loadedAt(root rootfs.FS, pid int, mappings []Mapping) (base uint64, code Mapping, ok bool) {
	for _, m := range mappings {
		if !m.Exec || m.Deleted || !sameFile(b.path, mappedFile(root, pid, m)) {
			continue
		}
		for _, s := range b.segments {
			if m.Offset <= s.Off && s.Off < m.Offset+(m.End-m.Start) {
				return m.Start - m.Offset + s.Off - s.Vaddr, m, true
			}
		}
	}
	return 0, Mapping{}, false
}

func readWord(path string, addr uint64) (uint64, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, fmt.Errorf("read memory: %w", err)
	}
	defer file.Close()
	var word [8]byte
	if n, err := file.ReadAt(word[:], int64(addr)); n < len(word) {
		return 0, fmt.Errorf("read memory at %s: %w", hex(addr), err)
	}
	return binary.NativeEndian.Uint64(word[:]), nil
}

func hex(n uint64) string {
	return "0x" + strconv.FormatUint(n, 16)
}
