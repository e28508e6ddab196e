package usdt

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"testing"
)

// note is what a location's note has in it.
type note struct {
	pc, base, semaphore       uint64
	provider, name, arguments string
}

// built is an ELF file to make: code at address 0x1000 of the file's offset
// 0x200, data at 0x5000 of 0x300.
type built struct {
	machine elf.Machine
	base    uint64 // of section .stapsdt.base; 0 for none
	notes   []note
	symbols map[string]uint64
	narrow  bool // 32 bits
}

const (
	codeAddr, codeOffset = 0x1000, 0x200
	dataAddr, dataOffset = 0x5000, 0x300
	bodyOffset           = 0x400
)

var little = binary.LittleEndian

func (b *built) word(out []byte, n uint64) []byte {
	if b.narrow {
		return little.AppendUint32(out, uint32(n))
	}
	return little.AppendUint64(out, n)
}

func (b *built) noteBytes() []byte {
	var out []byte
	for _, n := range b.notes {
		var content []byte
		for _, addr := range []uint64{n.pc, n.base, n.semaphore} {
			content = b.word(content, addr)
		}
		content = append(content, n.provider+"\x00"+n.name+"\x00"+n.arguments+"\x00"...)
		out = little.AppendUint32(out, uint32(len(noteOwner)))
		out = little.AppendUint32(out, uint32(len(content)))
		out = little.AppendUint32(out, noteType)
		out = append(append(out, noteOwner...), content...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	return out
}

// symbolBytes are a symbol table and its names.
func (b *built) symbolBytes() (table, names []byte) {
	names = []byte{0}
	for name, addr := range b.symbols {
		at := uint32(len(names))
		names = append(names, name+"\x00"...)
		table = little.AppendUint32(table, at)
		if b.narrow {
			table = little.AppendUint32(table, uint32(addr))
			table = append(table, 0, 0, 0, 0, byte(elf.STT_OBJECT), 0, 1, 0)
			continue
		}
		table = append(table, byte(elf.STT_OBJECT), 0, 1, 0)
		table = append(little.AppendUint64(table, addr), make([]byte, 8)...)
	}
	return table, names
}

type builtSection struct {
	name string
	kind elf.SectionType
	addr uint64
	data []byte
	link uint32
	at   uint64
}

// bytes writes the file.
func (b *built) bytes() []byte {
	table, names := b.symbolBytes()
	sections := []builtSection{
		{},
		{name: noteSection, kind: elf.SHT_NOTE, data: b.noteBytes()},
		{name: ".symtab", kind: elf.SHT_SYMTAB, data: table, link: 3},
		{name: ".strtab", kind: elf.SHT_STRTAB, data: names},
		{name: ".shstrtab", kind: elf.SHT_STRTAB},
	}
	if b.base != 0 {
		sections = append(sections, builtSection{name: baseSection, kind: elf.SHT_PROGBITS, addr: b.base})
	}
	body := make([]byte, bodyOffset)
	var nameTable []byte
	nameAt := make([]uint32, len(sections))
	for i, s := range sections {
		nameAt[i] = uint32(len(nameTable))
		nameTable = append(nameTable, s.name+"\x00"...)
	}
	sections[4].data = nameTable
	for i := range sections {
		sections[i].at = uint64(len(body))
		body = append(body, sections[i].data...)
	}
	headersAt := uint64(len(body))
	for i, s := range sections {
		body = little.AppendUint32(little.AppendUint32(body, nameAt[i]), uint32(s.kind))
		for _, n := range []uint64{0, s.addr, s.at, uint64(len(s.data))} {
			body = b.word(body, n)
		}
		body = little.AppendUint32(little.AppendUint32(body, s.link), 0)
		body = b.word(b.word(body, 0), 0)
	}
	copy(body, b.header(headersAt, len(sections)))
	return body
}

// header is the ELF header and the program headers behind it.
func (b *built) header(sectionsAt uint64, sections int) []byte {
	class, size, segment, section := elf.ELFCLASS64, header64, segment64, section64
	if b.narrow {
		class, size, segment, section = elf.ELFCLASS32, header32, segment32, section32
	}
	out := append([]byte(elf.ELFMAG), byte(class), byte(elf.ELFDATA2LSB), 1)
	out = append(out, make([]byte, 16-len(out))...)
	out = little.AppendUint16(out, uint16(elf.ET_DYN))
	out = little.AppendUint16(out, uint16(b.machine))
	out = little.AppendUint32(out, 1)
	out = b.word(b.word(b.word(out, 0), uint64(size)), sectionsAt)
	out = little.AppendUint32(out, 0)
	for _, n := range []int{size, segment, 2, section, sections, 4} {
		out = little.AppendUint16(out, uint16(n))
	}
	for _, s := range []loadedPart{{codeOffset, codeAddr}, {dataOffset, dataAddr}} {
		out = b.segment(out, s)
	}
	return out
}

type loadedPart struct{ offset, addr uint64 }

func (b *built) segment(out []byte, s loadedPart) []byte {
	out = little.AppendUint32(out, uint32(elf.PT_LOAD))
	if !b.narrow {
		out = little.AppendUint32(out, 0)
	}
	for _, n := range []uint64{s.offset, s.addr, s.addr, 0x100, 0x100} {
		out = b.word(out, n)
	}
	if b.narrow {
		out = little.AppendUint32(out, 0)
	}
	return b.word(out, 0x1000)
}

// read reads the file that was made.
func (b *built) read(t testing.TB) *File {
	t.Helper()
	data := b.bytes()
	f, err := Read("made", bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// write puts the file where programs can read it.
func (b *built) write(t testing.TB) string {
	t.Helper()
	path := t.TempDir() + "/made"
	if err := os.WriteFile(path, b.bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// specsOf reads specs as those of a probe at 0x1010.
func specsOf(t testing.TB, machine elf.Machine, specs string) []Argument {
	t.Helper()
	b := built{machine: machine, notes: []note{{codeAddr + 0x10, 0, 0, "p", "n", specs}},
		symbols: map[string]uint64{"buf": dataAddr + 0x28, "counter.0": dataAddr + 0x30}}
	return b.read(t).Probes[0].Locations[0].Arguments
}
