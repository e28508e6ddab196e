package usdt

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
)

// image is the structure of an ELF file as far as probes need it. debug/elf
// would unpack compressed sections, to whatever size these claim.
type image struct {
	path     string
	r        io.ReaderAt
	size     uint64
	order    binary.ByteOrder
	wide     bool // 64 bits
	machine  elf.Machine
	sections []section
	segments []segment
	symbols  map[string]uint64 // nil until one is asked for
}

// section is an entry of the table of sections.
type section struct {
	name         string
	kind         elf.SectionType
	addr         uint64
	offset, size uint64
	link         uint32
	nameAt       uint32
}

// segment is a part of the file that is loaded into memory.
type segment struct {
	offset, addr, size uint64
}

// Sizes of ELF structures for 64 and 32 bits.
const (
	header64, header32   = 64, 52
	section64, section32 = 64, 40
	segment64, segment32 = 56, 32
)

// maxSegments is far beyond what linkers make: each probe is looked up in all.
const maxSegments = 256

func (m *image) fail(reason string, err error) error {
	return &FormatError{Path: m.path, Reason: reason, Err: err}
}

// read returns bytes that the file really has.
func (m *image) read(offset, size uint64) ([]byte, error) {
	if offset > m.size || size > m.size-offset {
		return nil, m.fail("it is cut off", nil)
	}
	data := make([]byte, size)
	if _, err := m.r.ReadAt(data, int64(offset)); err != nil && (err != io.EOF || size == 0) {
		return nil, m.fail("cannot read it", err)
	}
	return data, nil
}

// readImage reads the header and the two tables that it tells of.
func readImage(path string, r io.ReaderAt, size int64) (*image, error) {
	m := &image{path: path, r: r, size: uint64(size)}
	head, err := m.read(0, min(m.size, header64))
	if err != nil {
		return nil, err
	}
	if len(head) < header32 || !bytes.HasPrefix(head, []byte(elf.ELFMAG)) {
		return nil, m.fail("it is not an ELF file", nil)
	}
	m.wide = elf.Class(head[elf.EI_CLASS]) == elf.ELFCLASS64
	if m.wide && len(head) < header64 {
		return nil, m.fail("it is cut off", nil)
	}
	m.order = binary.LittleEndian
	if elf.Data(head[elf.EI_DATA]) == elf.ELFDATA2MSB {
		m.order = binary.BigEndian
	}
	m.machine = elf.Machine(m.order.Uint16(head[18:]))
	if err := m.readSegments(head); err != nil {
		return nil, err
	}
	return m, m.readSections(head)
}

// word reads a number of the file's width.
func (m *image) word(b []byte) uint64 {
	if m.wide {
		return m.order.Uint64(b)
	}
	return uint64(m.order.Uint32(b))
}

// table reads a table of count entries.
func (m *image) table(offset uint64, size, least uint16, count uint64) ([]byte, error) {
	if count == 0 {
		return nil, nil
	}
	if size < least {
		return nil, m.fail("its header contradicts itself", nil)
	}
	if count > m.size/uint64(size) {
		return nil, m.fail("it is cut off", nil)
	}
	return m.read(offset, count*uint64(size))
}

func (m *image) readSegments(head []byte) error {
	at, size, count, least := m.order.Uint32(head[28:]), m.order.Uint16(head[42:]), m.order.Uint16(head[44:]), uint16(segment32)
	offset := uint64(at)
	if m.wide {
		offset, size, count, least = m.order.Uint64(head[32:]), m.order.Uint16(head[54:]), m.order.Uint16(head[56:]), segment64
	}
	data, err := m.table(offset, size, least, uint64(count))
	if err != nil {
		return err
	}
	for ; len(data) > 0; data = data[size:] {
		if elf.ProgType(m.order.Uint32(data)) != elf.PT_LOAD {
			continue
		}
		s := segment{m.word(data[4:]), m.word(data[8:]), m.word(data[16:])}
		if m.wide {
			s = segment{m.word(data[8:]), m.word(data[16:]), m.word(data[32:])}
		}
		if len(m.segments) == maxSegments {
			return m.fail(fmt.Sprintf("it has more than %d segments to load", maxSegments), nil)
		}
		m.segments = append(m.segments, s)
	}
	return nil
}

func (m *image) readSections(head []byte) error {
	offset, size, least := uint64(m.order.Uint32(head[32:])), m.order.Uint16(head[46:]), uint16(section32)
	counts := head[48:]
	if m.wide {
		offset, size, least, counts = m.order.Uint64(head[40:]), m.order.Uint16(head[58:]), section64, head[60:]
	}
	count, names := uint64(m.order.Uint16(counts)), uint32(m.order.Uint16(counts[2:]))
	if offset == 0 {
		return nil
	}
	if count == 0 || names == uint32(elf.SHN_XINDEX) {
		// The first entry has what did not fit into the header.
		first, err := m.table(offset, size, least, 1)
		if err != nil {
			return err
		}
		s := m.section(first)
		if count == 0 {
			count = s.size
		}
		if names == uint32(elf.SHN_XINDEX) {
			names = s.link
		}
	}
	data, err := m.table(offset, size, least, count)
	if err != nil {
		return err
	}
	for ; len(data) > 0; data = data[size:] {
		m.sections = append(m.sections, m.section(data))
	}
	return m.nameSections(names)
}

// section decodes an entry of the table of sections.
func (m *image) section(b []byte) section {
	s := section{nameAt: m.order.Uint32(b), kind: elf.SectionType(m.order.Uint32(b[4:]))}
	if m.wide {
		s.addr, s.offset, s.size, s.link = m.word(b[16:]), m.word(b[24:]), m.word(b[32:]), m.order.Uint32(b[40:])
	} else {
		s.addr, s.offset, s.size, s.link = m.word(b[12:]), m.word(b[16:]), m.word(b[20:]), m.order.Uint32(b[24:])
	}
	return s
}

func (m *image) nameSections(names uint32) error {
	if uint64(names) >= uint64(len(m.sections)) {
		return nil
	}
	data, err := m.read(m.sections[names].offset, m.sections[names].size)
	if err != nil {
		return err
	}
	table := string(data)
	for i := range m.sections {
		s := &m.sections[i]
		s.name, _ = text(table, uint64(s.nameAt))
	}
	return nil
}

// fileOffset translates an address to a place in the file.
func (m *image) fileOffset(addr uint64) (uint64, bool) {
	for _, s := range m.segments {
		if into := addr - s.addr; addr >= s.addr && into < s.size && s.offset+into < m.size {
			return s.offset + into, true
		}
	}
	return 0, false
}
