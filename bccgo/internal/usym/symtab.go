package usym

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
)

// maxSection is the largest symbol or string table that is read: a few times
// that of the largest browsers.
const maxSection = 1 << 30

// rawSymbol is a function of a symbol table.
type rawSymbol struct {
	addr, size uint64
	name       string // valid as long as the section's bytes are
	bind       elf.SymBind
}

// functions calls use for every function defined in a file's symbol table of a
// type, SHT_SYMTAB or SHT_DYNSYM. A file without one has none.
func functions(file *elf.File, table elf.SectionType, use func(rawSymbol)) error {
	section := file.SectionByType(table)
	if section == nil || section.Type == elf.SHT_NOBITS {
		return nil
	}
	symbols, err := sectionData(section)
	if err != nil {
		return fmt.Errorf("read symbol table: %w", err)
	}
	if int64(section.Link) >= int64(len(file.Sections)) {
		return errors.New("read symbol table: it names no string table")
	}
	names, err := sectionData(file.Sections[section.Link])
	if err != nil {
		return fmt.Errorf("read string table: %w", err)
	}
	decode, size := decodeSymbol64, elf.Sym64Size
	if file.Class == elf.ELFCLASS32 {
		decode, size = decodeSymbol32, elf.Sym32Size
	}
	for ; len(symbols) >= size; symbols = symbols[size:] {
		if s, ok := decode(file, symbols).function(file, names); ok {
			use(s)
		}
	}
	return nil
}

func sectionData(section *elf.Section) ([]byte, error) {
	switch {
	case section.Size > maxSection:
		return nil, fmt.Errorf("section %s of %d bytes is too large", section.Name, section.Size)
	case section.Flags&elf.SHF_COMPRESSED != 0: // to whatever size it claims
		return nil, fmt.Errorf("section %s is compressed", section.Name)
	}
	return section.Data()
}

// entry is one entry of a symbol table of either class.
type entry struct {
	name        uint32
	info        uint8
	section     elf.SectionIndex
	value, size uint64
}

func decodeSymbol64(file *elf.File, b []byte) entry {
	order := file.ByteOrder
	return entry{
		name: order.Uint32(b), info: b[4], section: elf.SectionIndex(order.Uint16(b[6:])),
		value: order.Uint64(b[8:]), size: order.Uint64(b[16:]),
	}
}

func decodeSymbol32(file *elf.File, b []byte) entry {
	order := file.ByteOrder
	return entry{
		name: order.Uint32(b), info: b[12], section: elf.SectionIndex(order.Uint16(b[14:])),
		value: uint64(order.Uint32(b[4:])), size: uint64(order.Uint32(b[8:])),
	}
}

// function returns the entry if it is a function with a name.
func (e entry) function(file *elf.File, names []byte) (rawSymbol, bool) {
	kind := elf.ST_TYPE(e.info)
	if kind != elf.STT_FUNC && kind != elf.STT_GNU_IFUNC || e.section == elf.SHN_UNDEF || uint64(e.name) >= uint64(len(names)) {
		return rawSymbol{}, false
	}
	name, _, ended := bytes.Cut(names[e.name:], []byte{0})
	// Static tables write a symbol's version behind its name.
	name, _, _ = bytes.Cut(name, []byte("@"))
	if !ended || len(name) == 0 {
		return rawSymbol{}, false
	}
	if file.Machine == elf.EM_ARM {
		e.value &^= 1 // the mark of Thumb code
	}
	return rawSymbol{addr: e.value, size: e.size, name: string(name), bind: elf.ST_BIND(e.info)}, true
}
