package usdt

import (
	"debug/elf"
	"strings"
)

// maxText is longer than any name. Without a limit, a small file could make
// reading it take hours.
const maxText = 8 << 10

// text is the string that begins at a place in a table of strings and ends in a
// zero byte.
func text(table string, at uint64) (string, bool) {
	if at >= uint64(len(table)) {
		return "", false
	}
	table = table[at:]
	end := strings.IndexByte(table[:min(len(table), maxText)], 0)
	if end < 0 {
		return "", false
	}
	return table[:end], true
}

// ambiguous marks names that several symbols have.
const ambiguous = ^uint64(0)

// symbol returns the address of a symbol, or why it is not known.
func (m *image) symbol(name string) (addr uint64, reason string) {
	if m.symbols == nil {
		m.symbols = make(map[string]uint64)
		for i := range m.sections {
			if kind := m.sections[i].kind; kind == elf.SHT_SYMTAB || kind == elf.SHT_DYNSYM {
				m.readSymbols(&m.sections[i])
			}
		}
	}
	addr, known := m.symbols[name]
	switch {
	case !known:
		return 0, "the file's symbol tables do not have " + name + "; is it stripped?"
	case addr == ambiguous:
		return 0, "several symbols of the file are called " + name
	}
	return addr, ""
}

// readSymbols adds a table's symbols. A damaged table has none: the arguments
// that need it are refused then.
func (m *image) readSymbols(s *section) {
	if uint64(s.link) >= uint64(len(m.sections)) {
		return
	}
	names, err := m.read(m.sections[s.link].offset, m.sections[s.link].size)
	if err != nil {
		return
	}
	data, err := m.read(s.offset, s.size)
	if err != nil {
		return
	}
	size := elf.Sym32Size
	if m.wide {
		size = elf.Sym64Size
	}
	table := string(names)
	for ; len(data) >= size; data = data[size:] {
		m.addSymbol(table, data)
	}
}

func (m *image) addSymbol(names string, b []byte) {
	info, index, value := b[12], m.order.Uint16(b[14:]), m.word(b[4:])
	if m.wide {
		info, index, value = b[4], m.order.Uint16(b[6:]), m.word(b[8:])
	}
	switch kind := elf.SymType(info & 0xf); {
	case kind == elf.STT_TLS || kind == elf.STT_FILE || kind == elf.STT_SECTION:
		return
	case elf.SectionIndex(index) == elf.SHN_UNDEF || elf.SectionIndex(index) == elf.SHN_ABS:
		return
	}
	name, ok := text(names, uint64(m.order.Uint32(b)))
	name, _, _ = strings.Cut(name, "@") // a version
	if !ok || name == "" {
		return
	}
	if other, known := m.symbols[name]; known && other != value {
		value = ambiguous
	}
	m.symbols[name] = value
}
