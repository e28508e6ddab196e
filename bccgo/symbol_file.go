package bccgo

import "github.com/bccgo/bcc/bccgo/internal/usym"

// FileSymbols is the functions of an ELF file. It holds no file open and may be
// used from several goroutines.
type FileSymbols struct {
	path string
	file *usym.File
}

// OpenSymbols reads the functions of an ELF file: of its symbol tables, or if it
// is stripped of its debug file or mini debug information.
func OpenSymbols(path string) (*FileSymbols, error) {
	file, err := usym.Open(path)
	if err != nil {
		return nil, err
	}
	return &FileSymbols{path: path, file: file}, nil
}

// Path returns the path the file was opened by.
func (f *FileSymbols) Path() string { return f.path }

// BuildID returns, in hex, what the linker identifies the build by; empty where
// the file has none.
func (f *FileSymbols) BuildID() string { return f.file.BuildID() }

// At returns the function that contains an address as nm(1) prints it, before
// the loader has moved the file. A failure is an *UnknownSymbolError.
func (f *FileSymbols) At(addr uint64) (Symbol, error) {
	name, offset, ok := f.file.Table().Lookup(addr, true)
	return f.symbol(addr, name, offset, ok)
}

// AtOffset returns the function that contains the byte at an offset in the file,
// as probes and stacks of build ids give places.
func (f *FileSymbols) AtOffset(offset uint64) (Symbol, error) {
	name, into, ok := f.file.Lookup(offset, true)
	return f.symbol(offset, name, into, ok)
}

func (f *FileSymbols) symbol(at uint64, name string, offset uint64, ok bool) (Symbol, error) {
	if !ok {
		return Symbol{Module: f.path}, &UnknownSymbolError{Addr: at, Module: f.path, Reason: "its symbol tables have no function there"}
	}
	return Symbol{Name: name, Offset: offset, Module: f.path}, nil
}

// Address returns the address of a function, as nm(1) prints it. The name is as
// the linker knows it.
func (f *FileSymbols) Address(name string) (uint64, error) {
	addr, ok := f.file.Table().Address(name)
	if !ok {
		return 0, &UnknownSymbolError{Name: name, Module: f.path, Reason: "its symbol tables have no such function"}
	}
	return addr, nil
}
