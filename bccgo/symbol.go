package bccgo

import (
	"path"
	"strconv"

	"github.com/bccgo/bcc/bccgo/internal/ksym"
	"github.com/bccgo/bcc/bccgo/internal/usym"
)

// KernelPID stands for the kernel where a process is asked for. Any other
// negative number does, too.
const KernelPID = -1

// unknownName is what addresses are called that nothing is known of.
const unknownName = "[unknown]"

// Errors of looking up addresses and names of functions.
type (
	// ProcessError means that nothing can be known of a process: it is not
	// there, or not to be looked into.
	ProcessError = usym.ProcessError
	// UnknownSymbolError means that no function is known at an address, or by
	// a name, and why.
	UnknownSymbolError = usym.UnknownError
	// HiddenSymbolsError means that the kernel hides its addresses from this
	// process. It names the sysctl that does it.
	HiddenSymbolsError = ksym.HiddenError
)

// Symbol is the function that an address is in. The zero Symbol is an unknown
// one.
type Symbol struct {
	// Name is the function's name, as the source has it in C++ and Rust; empty
	// where it is not known.
	Name string
	// Offset is how far into the function the address is, in bytes.
	Offset uint64
	// Module is what the function belongs to: "kernel", a kernel module's name
	// or "bpf"; in a process the file's path as the process sees it, or "[vdso]".
	// It is empty for code that was compiled at run time, and may be known where
	// Name is not.
	Module string
}

// SymOptions say how an address is shown. nil means the function's name alone.
type SymOptions struct {
	// Offset adds how far into the function the address is: "read+0x1f".
	Offset bool
	// Module adds the last part of the module's name: "read [libc.so.6]".
	Module bool
	// Mangled shows names of C++ and Rust as the linker knows them.
	Mangled bool
}

// String shows the name and the offset.
func (s Symbol) String() string {
	return s.Format(&SymOptions{Offset: true})
}

// Format shows the symbol as BCC does; one that is not known is "[unknown]".
// The option Mangled has no effect here.
func (s Symbol) Format(o *SymOptions) string {
	if o == nil {
		o = new(SymOptions)
	}
	text := s.Name
	switch {
	case text == "":
		text = unknownName
	case o.Offset:
		text += "+0x" + strconv.FormatUint(s.Offset, 16)
	}
	if o.Module && s.Module != "" {
		text += " [" + moduleName(s.Module) + "]"
	}
	return text
}

// moduleName is the last part of a path. "[vdso]" is shown with the brackets it
// has already.
func moduleName(module string) string {
	if len(module) > 2 && module[0] == '[' && module[len(module)-1] == ']' {
		return module[1 : len(module)-1]
	}
	return path.Base(module)
}
