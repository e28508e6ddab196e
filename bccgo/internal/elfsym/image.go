package elfsym

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strings"
)

// image is an ELF file that is safe to read with debug/elf: nothing in it makes
// that read more than the file has.
type image struct {
	*elf.File
	from io.Closer
}

func (i *image) Close() error { return i.from.Close() }

// openImage opens the ELF file at path. Errors of the file's content are
// *elf.FormatError or *damageError.
func openImage(path string) (*image, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	i, err := newImage(file)
	if err != nil {
		file.Close()
		return nil, err
	}
	return i, nil
}

func newImage(file *os.File) (*image, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	parsed, err := parseImage(file, info.Size())
	if err != nil {
		return nil, err
	}
	return &image{parsed, file}, nil
}

// damageError says what is wrong with a file that begins as ELF files do.
type damageError struct {
	section, reason string
}

func (e *damageError) Error() string { return "its section " + e.section + " " + e.reason }

// parseImage reads the tables of an ELF file of a size.
func parseImage(r io.ReaderAt, size int64) (*elf.File, error) {
	file, err := elf.NewFile(r)
	if err != nil {
		return nil, err
	}
	for _, s := range file.Sections {
		if err := checkSection(file, s, uint64(size)); err != nil {
			return nil, err
		}
	}
	return file, nil
}

// maxRatio is how much smaller than its content a compressed section may be:
// debug information packs to a third of its size.
const maxRatio = 32

// checkSection refuses a section that is not as linkers make them, and would take
// much more memory than the file has bytes.
func checkSection(file *elf.File, s *elf.Section, size uint64) error {
	damaged := func(format string, args ...any) error {
		return &damageError{s.Name, fmt.Sprintf(format, args...)}
	}
	switch {
	case s.Type == elf.SHT_NOBITS || s.Type == elf.SHT_NULL:
		return nil
	case s.Offset > size || s.FileSize > size-s.Offset:
		return damaged("is beyond the end of the file")
	case s.Flags&elf.SHF_COMPRESSED != 0 && !strings.HasPrefix(s.Name, ".debug_"):
		return damaged("is compressed")
	case unpacked(s)/maxRatio > s.FileSize:
		return damaged("unpacks to %d bytes", unpacked(s))
	case s.Type == elf.SHT_GNU_VERNEED || s.Type == elf.SHT_GNU_VERDEF:
		data, err := s.Data()
		if err != nil {
			return err
		}
		if !versionsFit(data, file.ByteOrder, s.Type) {
			return damaged("has entries that overlap")
		}
	}
	return nil
}

// unpacked is how many bytes a section says that it has. Older linkers wrote that
// in front of compressed debug information, and only its name tells.
func unpacked(s *elf.Section) uint64 {
	head := make([]byte, 12)
	if !strings.HasPrefix(s.Name, ".debug_") && !strings.HasPrefix(s.Name, ".zdebug_") || s.Flags&elf.SHF_COMPRESSED != 0 {
		return s.Size
	}
	if n, _ := s.ReaderAt.ReadAt(head, 0); n < len(head) || string(head[:4]) != "ZLIB" {
		return s.Size
	}
	return binary.BigEndian.Uint64(head[4:])
}

// versionTable is how a table of symbol versions is laid out: entries of a size,
// with the count of what belongs to each, and the distances to the first of those
// and to the next entry; and those, with the distance to the next.
type versionTable struct {
	size, count, first, next int
	partSize, partNext       int
}

var versionTables = map[elf.SectionType]versionTable{
	elf.SHT_GNU_VERNEED: {size: 16, count: 2, first: 8, next: 12, partSize: 16, partNext: 12},
	elf.SHT_GNU_VERDEF:  {size: 20, count: 6, first: 12, next: 16, partSize: 8, partNext: 4},
}

// versionsFit reports whether no more bytes are in a table's entries than it has.
// In one whose entries overlap there could be a number of them that grows with the
// square of its size.
func versionsFit(data []byte, order binary.ByteOrder, kind elf.SectionType) bool {
	t, left := versionTables[kind], len(data)
	for at := 0; at+t.size <= len(data); {
		entry := data[at:]
		if left -= t.size; left < 0 {
			return false
		}
		part := at + int(order.Uint32(entry[t.first:]))
		for range order.Uint16(entry[t.count:]) {
			if part+t.partSize > len(data) {
				break
			}
			if left -= t.partSize; left < 0 {
				return false
			}
			part += int(order.Uint32(data[part+t.partNext:]))
		}
		next := int(order.Uint32(entry[t.next:]))
		if next == 0 {
			break
		}
		at += next
	}
	return true
}
