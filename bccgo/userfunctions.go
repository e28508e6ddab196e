package bccgo

import (
	"fmt"
	"slices"

	"github.com/bccgo/bcc/bccgo/internal/elfsym"
	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// FindLibrary returns the path of a shared library by its short name ("c",
// "ssl"), its file name ("libc.so.6") or a path, which is only checked. With a
// pid it is the library that the process has mapped, or would find; the path
// leads through /proc/PID/root if the process has other mounts, and lasts as
// long as the process then. Errors are *FileError.
func FindLibrary(name string, pid int) (string, error) {
	if err := checkFileName("library", name, pid); err != nil {
		return "", err
	}
	return elfsym.FindLibrary(rootfs.Live, name, pid)
}

// FindExe returns the path of a program, which is looked for in the directories
// of PATH. Errors are *FileError.
func FindExe(name string) (string, error) {
	if err := checkFileName("program", name, 0); err != nil {
		return "", err
	}
	return elfsym.FindExe(rootfs.Live, name)
}

// findFile finds what AttachUprobe takes as a name.
func findFile(name string, pid int) (string, error) {
	if err := checkFileName("library or program", name, pid); err != nil {
		return "", err
	}
	return elfsym.Find(rootfs.Live, name, pid)
}

func checkFileName(kind, name string, pid int) error {
	failed := &FileError{Kind: kind, Name: name, PID: pid}
	switch {
	case name == "":
		failed.Name, failed.Reason = `""`, "the name is empty"
	case pid < 0:
		failed.Reason = "there are no processes of negative numbers; 0 means any"
	default:
		return nil
	}
	return failed
}

// UserFunction is a function in the symbol tables of a program or library.
type UserFunction struct {
	// Name is without the version that libraries may give it, as in
	// "memcpy@GLIBC_2.14".
	Name, Version string
	// Address is what UprobeOptions.Address takes, Offset what
	// UprobeOptions.FileOffset takes.
	Address, Offset uint64
	// Size is in bytes, 0 if not known.
	Size uint64
	// Indirect functions choose, when the file is loaded, which one of several
	// others is called in their place.
	Indirect bool
}

// UserFunctions lists the functions of a program or library, spelt as for
// AttachUprobe, whose whole names match a regular expression in Go's syntax: by
// rising offset, one with several names once for each that matches. None is no
// error. Errors are *FileError, *SymbolError for a file without symbols, and
// those of the regular expression.
func UserFunctions(name, re string) ([]UserFunction, error) {
	pattern, err := wholeName(re)
	if err != nil {
		return nil, fmt.Errorf("list functions of %s: %w", name, err)
	}
	path, err := findFile(name, 0)
	if err != nil {
		return nil, err
	}
	b, err := elfsym.Open(path)
	if err != nil {
		return nil, err
	}
	if len(b.Symbols()) == 0 {
		_, err := b.Lookup(re) // says what is missing
		return nil, err
	}
	var found []UserFunction
	for _, s := range b.Match(pattern) {
		found = append(found, UserFunction{Name: s.Name, Version: s.Version,
			Address: s.Addr, Offset: s.Offset, Size: s.Size, Indirect: s.Indirect})
	}
	return found, nil
}

// UserAddresses is UserFunctions of addresses alone, each once, rising.
func UserAddresses(name, re string) ([]uint64, error) {
	functions, err := UserFunctions(name, re)
	if err != nil {
		return nil, err
	}
	addresses := make([]uint64, len(functions))
	for i, f := range functions {
		addresses[i] = f.Address
	}
	slices.Sort(addresses)
	return slices.Compact(addresses), nil
}
