package elfsym

import (
	"bytes"
	"debug/elf"
	"debug/gosym"
	"strings"
)

// goTable reads the table that Go's tracebacks are made with; strip(1) leaves it.
func goTable(file *elf.File) []byte {
	for _, name := range []string{".gopclntab", ".data.rel.ro.gopclntab"} {
		if section := file.Section(name); section != nil {
			if data, err := section.Data(); err == nil {
				return data
			}
		}
	}
	return nil
}

// goSymbols are the functions of that table. Its addresses count from the start
// of Go's code, which a stripped file tells only if that is all its code: then the
// file's entry is a function of the table.
func goSymbols(file *elf.File) []elf.Symbol {
	data, text := goTable(file), file.Section(".text")
	if data == nil || text == nil {
		return nil
	}
	table, err := gosym.NewTable(nil, gosym.NewLineTable(data, text.Addr))
	if err != nil {
		return nil
	}
	var symbols []elf.Symbol
	sound := false
	for _, f := range table.Funcs {
		sound = sound || f.Entry == file.Entry && strings.HasPrefix(f.Name, "_rt0_")
		symbols = append(symbols, elf.Symbol{Name: f.Name, Info: byte(elf.STT_FUNC), Section: elf.SHN_ABS, Value: f.Entry, Size: f.End - f.Entry})
	}
	if !sound {
		return nil
	}
	return symbols
}

// goAssembly ends the symbols of Go's functions that are written in assembly.
const goAssembly = ".abi0"

// inlined reports whether the table names a function that has no code: the
// compiler then put it into its callers.
func (b *Binary) inlined(name string) bool {
	if !b.isGo || b.stripped {
		return false
	}
	file, err := openImage(b.path)
	if err != nil {
		return false
	}
	defer file.Close()
	return bytes.Contains(goTable(file.File), []byte("\x00"+name+"\x00"))
}
