// Package usdt reads the probes that programs and libraries were built with
// (USDT, sys/sdt.h, DTrace's probes on Linux) from their ELF files, and writes
// the C functions by which a BPF program reads the probes' arguments.
//
// A probe is a no-op instruction, and a note in section .note.stapsdt with its
// address and a text that says in which register or memory each argument is
// there. Where the compiler inlined a function, one probe has several such
// locations, each with its arguments elsewhere.
//
// Files are not trusted: whatever is in them, reading ends in an error, not in a
// panic, and takes no more memory than a small multiple of the file's size.
package usdt

import (
	"debug/elf"
	"fmt"
	"path"
	"strings"
)

// File is a program or library with its probes.
type File struct {
	// Path is what the file was opened by.
	Path    string
	Machine elf.Machine
	// Probes are in the order in which the file has their first locations.
	Probes []Probe
}

// Probe is all that goes by one provider and name in a file.
type Probe struct {
	Provider, Name string
	Locations      []Location
}

// Location is one place of a probe.
type Location struct {
	// Address is the one before the file is loaded, as nm(1) prints them, and
	// Offset the same place in the file.
	Address, Offset uint64
	// Semaphore is the address of the counter that the program looks at to learn
	// whether somebody listens, and SemaphoreOffset its place in the file. Both
	// are 0 where there is none.
	Semaphore, SemaphoreOffset uint64
	Arguments                  []Argument
	// Err says why the location cannot be probed; nil if it can.
	Err error
}

// FormatError means that a file is not an ELF file with readable probes.
type FormatError struct {
	Path, Reason string
	Err          error // the cause, or nil
}

func (e *FormatError) Error() string {
	text := "read the probes of " + e.Path + ": " + e.Reason
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *FormatError) Unwrap() error { return e.Err }

// SpecError means that the text that says where an argument is cannot be
// followed.
type SpecError struct {
	Spec, Reason string
}

func (e *SpecError) Error() string {
	return fmt.Sprintf("argument %q: %s", e.Spec, e.Reason)
}

// Matches reports whether the probe has a name: "PROVIDER:NAME" or "NAME", each
// of which may have the wildcards of path.Match.
func (p *Probe) Matches(name string) bool {
	provider, plain, both := strings.Cut(name, ":")
	if !both {
		provider, plain = "*", name
	}
	return wild(provider, p.Provider) && wild(plain, p.Name)
}

func wild(pattern, name string) bool {
	if pattern == "*" || pattern == name {
		return true
	}
	matched, err := path.Match(pattern, name)
	return err == nil && matched
}

// String is "PROVIDER:NAME".
func (p *Probe) String() string { return p.Provider + ":" + p.Name }
