package elfsym

import (
	"cmp"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"slices"
	"sort"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/usym"
)

// Symbol is one function of an ELF file.
type Symbol struct {
	Name string // without its version
	// Version is the symbol's version in a library: "GLIBC_2.14".
	Version string
	// Default tells, of several versions of one name, the one new programs
	// are linked with. A symbol without version is its own default.
	Default bool
	Addr    uint64 // virtual address, before relocation
	Offset  uint64 // of its first byte in the file
	Size    uint64 // in bytes; 0 where the file does not say
	// Indirect marks a function the loader replaces, at start-up, by one of
	// several for the processor (an IFUNC). Its code is the choosing: a
	// probe on it does not see the calls.
	Indirect bool
}

// Binary is what probes need to know of one ELF file. It holds no file open.
type Binary struct {
	path     string
	segments []elf.ProgHeader // those loaded to be executed
	symbols  []Symbol         // by offset
	stripped bool             // it has no symbol table but the loader's
	isGo     bool
	machine  elf.Machine
}

// Open reads the symbol tables of the ELF file at path: its own, that of the
// debug file of the same build (below /usr/lib/debug) or its mini debug
// information, that of Go's tracebacks, and the loader's.
func Open(path string) (*Binary, error) {
	file, err := openImage(path)
	switch {
	case errors.As(err, new(*elf.FormatError)), errors.As(err, new(*damageError)):
		return nil, fmt.Errorf("read the symbols of %s: it is no ELF file, or a damaged one: %w", path, err)
	case err != nil:
		return nil, fmt.Errorf("read the symbols of %s: %w", path, err)
	}
	defer file.Close()
	b, err := readBinary(path, file.File)
	if err != nil {
		return nil, fmt.Errorf("read the symbols of %s: %w", path, err)
	}
	return b, nil
}

func readBinary(path string, file *elf.File) (*Binary, error) {
	b := &Binary{path: path, isGo: file.Section(goBuildInfo) != nil, machine: file.Machine}
	for _, segment := range file.Progs {
		if segment.Type == elf.PT_LOAD && segment.Flags&elf.PF_X != 0 {
			b.segments = append(b.segments, segment.ProgHeader)
		}
	}
	dynamic, err := tableOf(file.DynamicSymbols())
	if err != nil {
		return nil, err
	}
	static, err := tableOf(file.Symbols())
	if err != nil {
		return nil, err
	}
	if len(static) == 0 {
		static = slices.Concat(debugSymbols(file), miniSymbols(file), goSymbols(file))
		b.stripped = len(static) == 0
	}
	b.add(dynamic)
	b.add(static)
	b.sort()
	return b, nil
}

// tableOf takes a missing table as an empty one.
func tableOf(symbols []elf.Symbol, err error) ([]elf.Symbol, error) {
	if errors.Is(err, elf.ErrNoSymbols) {
		return nil, nil
	}
	return symbols, err
}

func (b *Binary) add(symbols []elf.Symbol) {
	for _, raw := range symbols {
		kind := elf.ST_TYPE(raw.Info)
		if kind != elf.STT_FUNC && kind != elf.STT_GNU_IFUNC || raw.Section == elf.SHN_UNDEF {
			continue
		}
		offset, ok := b.offsetOf(raw.Value)
		if !ok {
			continue
		}
		name, version, isDefault := splitVersion(raw)
		b.symbols = append(b.symbols, Symbol{
			Name: name, Version: version, Default: isDefault,
			Addr: raw.Value, Offset: offset, Size: raw.Size,
			Indirect: kind == elf.STT_GNU_IFUNC,
		})
	}
}

// splitVersion finds a symbol's version, which the loader's table keeps apart
// and a static one writes behind the name.
func splitVersion(raw elf.Symbol) (name, version string, isDefault bool) {
	name, version, ok := strings.Cut(raw.Name, "@")
	if ok {
		version, isDefault = strings.CutPrefix(version, "@")
		return name, version, isDefault
	}
	return name, raw.Version, !raw.HasVersion || !raw.VersionIndex.IsHidden()
}

// sort orders by offset, and drops what two tables both have.
func (b *Binary) sort() {
	slices.SortFunc(b.symbols, func(x, y Symbol) int {
		return cmp.Or(cmp.Compare(x.Offset, y.Offset), cmp.Compare(x.Name, y.Name),
			// The one that knows its version stays.
			cmp.Compare(y.Version, x.Version))
	})
	b.symbols = slices.CompactFunc(b.symbols, func(x, y Symbol) bool {
		return x.Offset == y.Offset && x.Name == y.Name
	})
}

// Path returns the path the file was opened by.
func (b *Binary) Path() string {
	return b.path
}

// Machine is what the file's code runs on.
func (b *Binary) Machine() elf.Machine { return b.machine }

// Symbols returns the functions by rising offset. Do not change the slice.
func (b *Binary) Symbols() []Symbol {
	return b.symbols
}

// offsetOf translates a virtual address to an offset in the file.
func (b *Binary) offsetOf(addr uint64) (uint64, bool) {
	for _, s := range b.segments {
		if addr >= s.Vaddr && addr-s.Vaddr < s.Filesz {
			return addr - s.Vaddr + s.Off, true
		}
	}
	return 0, false
}

// AddrOffset translates a virtual address of the file, such as nm(1) prints,
// to the offset in it that a probe needs. An address that is not in the
// file's code is a *SymbolError.
func (b *Binary) AddrOffset(addr uint64) (uint64, error) {
	offset, ok := b.offsetOf(addr)
	if !ok {
		return 0, &SymbolError{Path: b.path, Symbol: fmt.Sprintf("%#x", addr), Misplaced: true, Reason: "the address is not in the file's code"}
	}
	return offset, nil
}

// At returns the function that contains the byte at offset in the file, and
// how far into it that byte is; ok is false where there is none. A function
// without size reaches to the next one. Of several names for one place the
// first by name is given.
func (b *Binary) At(offset uint64) (symbol Symbol, into uint64, ok bool) {
	after := sort.Search(len(b.symbols), func(i int) bool { return b.symbols[i].Offset > offset })
	if after == 0 {
		return Symbol{}, 0, false
	}
	start := b.symbols[after-1].Offset
	first := sort.Search(after, func(i int) bool { return b.symbols[i].Offset >= start })
	for _, symbol := range b.symbols[first:after] {
		if into = offset - start; symbol.Size == 0 || into < symbol.Size {
			return symbol, into, true
		}
	}
	return Symbol{}, 0, false
}

// debugSymbols reads the table of the file's debug file, if one is installed:
// it is found by the build id, and its addresses are those of file.
func debugSymbols(file *elf.File) []elf.Symbol {
	path := debugPath(file)
	if path == "" {
		return nil
	}
	debug, err := openImage(path)
	if err != nil {
		return nil
	}
	defer debug.Close()
	symbols, err := debug.Symbols()
	if err != nil {
		return nil
	}
	return symbols
}

// miniSymbols reads the table that distributions pack into stripped files. One
// that is damaged is no worse than none.
func miniSymbols(file *elf.File) []elf.Symbol {
	packed, err := usym.MiniDebug(file)
	if packed == nil || err != nil {
		return nil
	}
	mini, err := parseImage(packed, packed.Size())
	if err != nil {
		return nil
	}
	symbols, err := mini.Symbols()
	if err != nil {
		return nil
	}
	return symbols
}

// debugRoot is where distributions install debug files.
var debugRoot = "/usr/lib/debug"

func debugPath(file *elf.File) string {
	id := buildID(file)
	if len(id) < 2 {
		return ""
	}
	path := fmt.Sprintf("%s/.build-id/%02x/%x.debug", debugRoot, id[0], id[1:])
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// buildID reads the note that the linker identifies a build by.
func buildID(file *elf.File) []byte {
	section := file.Section(".note.gnu.build-id")
	if section == nil || section.Type != elf.SHT_NOTE {
		return nil
	}
	note, err := section.Data()
	if err != nil || len(note) < 16 {
		return nil
	}
	nameSize, size := file.ByteOrder.Uint32(note), file.ByteOrder.Uint32(note[4:])
	if nameSize != 4 || string(note[12:16]) != "GNU\x00" || uint64(size) > uint64(len(note)-16) {
		return nil
	}
	return note[16 : 16+size]
}
