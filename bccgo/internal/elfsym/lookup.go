package elfsym

import (
	"slices"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/nearest"
)

// Lookup finds a function by name. "NAME@VERSION" asks for one version;
// otherwise the default one is given. A failure is a *SymbolError.
func (b *Binary) Lookup(name string) (Symbol, error) {
	plain, version, versioned := strings.Cut(name, "@")
	version = strings.TrimPrefix(version, "@")
	var found []Symbol
	for _, symbol := range b.symbols {
		if symbol.Name == plain && (!versioned || symbol.Version == version) {
			found = append(found, symbol)
		}
	}
	if len(found) == 0 {
		return Symbol{}, b.unknown(name, plain, versioned)
	}
	if at := slices.IndexFunc(found, func(s Symbol) bool { return s.Default }); at >= 0 {
		return found[at], nil
	}
	return found[0], nil
}

func (b *Binary) unknown(name, plain string, versioned bool) error {
	failed := &SymbolError{Path: b.path, Symbol: name}
	switch {
	case b.has(name + goAssembly):
		failed.Reason = "it is written in assembly, and takes its arguments on the stack"
		failed.Nearest = []string{name + goAssembly}
		return failed
	case b.inlined(name):
		failed.Inlined = true
		failed.Reason = "Go's compiler put it into all of its callers: build with -gcflags=-l, or //go:noinline in front of it, or probe a caller"
		return failed
	case len(b.symbols) == 0:
		failed.Reason = "the file has no symbols; install its debug symbols, or probe an address"
		return failed
	case b.stripped:
		failed.Reason = "not among the functions the file exports; it is stripped of the others " +
			"(install its debug symbols, or probe an address)"
	default:
		failed.Reason = "the file has no such function"
	}
	for _, symbol := range b.symbols {
		if versioned && symbol.Name == plain {
			failed.Nearest = append(failed.Nearest, symbol.Name+"@"+symbol.Version)
		}
	}
	if failed.Nearest == nil {
		failed.Nearest = nearest.Of(plain, b.names, nearestNames)
	}
	return failed
}

func (b *Binary) has(name string) bool {
	return slices.ContainsFunc(b.symbols, func(s Symbol) bool { return s.Name == name })
}

// names is an iterator over the functions' names.
func (b *Binary) names(yield func(string) bool) {
	for _, symbol := range b.symbols {
		if !yield(symbol.Name) {
			return
		}
	}
}

// Offset returns where in the file at path a function begins, which is what a
// uprobe is put on. Symbols are those of Open; "NAME@VERSION" asks for one
// version of a library's function. An indirect function is refused: a probe
// on it would see the loader's choice of an implementation and none of the
// calls (see IndirectOffset). A failure that concerns the symbol is a
// *SymbolError.
func Offset(path, symbol string) (uint64, error) {
	b, err := Open(path)
	if err != nil {
		return 0, err
	}
	found, err := b.Lookup(symbol)
	if err != nil {
		return 0, err
	}
	if found.Indirect {
		return 0, &SymbolError{Path: path, Symbol: symbol, Reason: "it is an indirect function, of which the loader " +
			"picks one for the processor at start-up; resolve it through a process that has the file mapped"}
	}
	return found.Offset, nil
}

// SymbolAt returns the name of the function that contains the byte at offset
// in the file at path, and how far into it that byte is. None there is a
// *SymbolError. To look up more than one offset, use Open and At.
func SymbolAt(path string, offset uint64) (name string, into uint64, err error) {
	b, err := Open(path)
	if err != nil {
		return "", 0, err
	}
	symbol, into, ok := b.At(offset)
	if !ok {
		return "", 0, &SymbolError{Path: path, Symbol: hex(offset), Reason: "no function is known at that offset"}
	}
	return symbol.Name, into, nil
}
