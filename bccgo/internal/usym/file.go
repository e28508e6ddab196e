package usym

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
)

// segment is a part of an ELF file that is loaded into memory.
type segment struct {
	offset, vaddr uint64
	size          uint64 // in the file
	exec          bool
}

// File is an ELF file whose functions are known. It holds nothing open.
type File struct {
	segments []segment
	table    *Table
	buildID  string
}

// Open reads the functions of the ELF file at path: of its symbol tables, or
// where it has none but the loader's, of its debug file or its mini debug
// information.
func Open(path string) (*File, error) {
	file, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	read, err := readFile(file, debugFinder{path: path, roots: []string{"/"}})
	if err != nil {
		return nil, fmt.Errorf("read the functions of %s: %w", path, err)
	}
	return read, nil
}

// readFile reads the functions of an ELF file.
func readFile(r io.ReaderAt, debug debugFinder) (*File, error) {
	file, err := elf.NewFile(r)
	if err != nil {
		return nil, err
	}
	f := &File{segments: segmentsOf(file), buildID: buildID(file)}
	var b builder
	collect := func(s rawSymbol) { b.add(s, 0) }
	if err := functions(file, elf.SHT_DYNSYM, collect); err != nil {
		return nil, err
	}
	dynamic := len(b.found)
	if err := functions(file, elf.SHT_SYMTAB, collect); err != nil {
		return nil, err
	}
	if len(b.found) == dynamic {
		err = addDebug(&b, file, f, debug)
	}
	f.table = b.table(f.segments)
	if f.table.Len() == 0 && err != nil {
		return nil, err
	}
	return f, nil
}

// addDebug adds what another file, or a section, knows of the functions of a
// stripped file. Damaged debug information is an error.
func addDebug(b *builder, file *elf.File, f *File, debug debugFinder) error {
	found, err := debug.find(file, f.buildID)
	if found != nil {
		defer found.Close()
		if err = addFunctions(b, f, found); err == nil {
			return nil
		}
	}
	mini, miniErr := MiniDebug(file)
	if mini == nil {
		return errors.Join(err, miniErr)
	}
	return errors.Join(err, addFunctions(b, f, mini))
}

// addFunctions adds the static functions of an ELF file made from f. Its
// addresses may differ by what f was prelinked to later.
func addFunctions(b *builder, f *File, r io.ReaderAt) error {
	file, err := elf.NewFile(r)
	if err != nil {
		return fmt.Errorf("read debug information: %w", err)
	}
	delta := uint64(0)
	if theirs := segmentsOf(file); len(theirs) > 0 && len(f.segments) > 0 {
		delta = f.segments[0].vaddr - theirs[0].vaddr
	}
	if err := functions(file, elf.SHT_SYMTAB, func(s rawSymbol) { b.add(s, delta) }); err != nil {
		return fmt.Errorf("read debug information: %w", err)
	}
	return nil
}

func segmentsOf(file *elf.File) []segment {
	var list []segment
	for _, p := range file.Progs {
		if p.Type == elf.PT_LOAD {
			list = append(list, segment{offset: p.Off, vaddr: p.Vaddr, size: p.Filesz, exec: p.Flags&elf.PF_X != 0})
		}
	}
	return list
}

// pageMask rounds as the loader does: to pages of at least 4 KiB.
const pageMask = 4096 - 1

// vaddr translates an offset in the file, of code, to an address. Two segments
// may share a page of the file; the one to execute counts.
func (f *File) vaddr(offset uint64) (uint64, bool) {
	for _, exec := range []bool{true, false} {
		for _, s := range f.segments {
			if s.exec == exec && offset >= s.offset&^pageMask && offset < s.offset+s.size {
				return offset - s.offset + s.vaddr, true
			}
		}
	}
	return 0, false
}

// Lookup returns the function that contains the byte at an offset in the file,
// and how far into it that is.
func (f *File) Lookup(offset uint64, demangle bool) (name string, into uint64, ok bool) {
	addr, ok := f.vaddr(offset)
	if !ok {
		return "", 0, false
	}
	return f.table.Lookup(addr, demangle)
}

// Table returns the functions by the addresses that symbol tables have.
func (f *File) Table() *Table { return f.table }

// BuildID returns what the linker identifies the build by, "" where it does
// not.
func (f *File) BuildID() string { return f.buildID }

// openRegular opens a file that is neither a device nor a pipe, which would
// make the reader wait.
func openRegular(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, err
	}
	return regular(file)
}

var errNotRegular = errors.New("not a regular file")

func regular(file *os.File) (*os.File, error) {
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errNotRegular
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("open %s: %w", file.Name(), err)
	}
	return file, nil
}

// Offset returns where in the file the function of that name begins, as the
// linker knows it.
func (f *File) Offset(name string) (uint64, bool) {
	addr, ok := f.table.Address(name)
	if !ok {
		return 0, false
	}
	for _, s := range f.segments {
		if addr >= s.vaddr && addr-s.vaddr < s.size {
			return addr - s.vaddr + s.offset, true
		}
	}
	return 0, false
}
