package bccgo

import (
	"errors"
	"fmt"
	"sync"

	"github.com/bccgo/bcc/bccgo/internal/ksym"
	"github.com/bccgo/bcc/bccgo/internal/probe"
	"github.com/bccgo/bcc/bccgo/internal/rootfs"
	"github.com/bccgo/bcc/bccgo/internal/usym"
)

// Symbols resolves addresses of the kernel and of processes to functions, and
// names to addresses. What it has read it keeps: a look-up takes some 0.1 µs in
// a process and 0.3 µs in the kernel, the first one of a file or of the kernel
// the time to read its symbol tables.
//
// Kernel symbols are those of /proc/kallsyms, with modules and BPF programs.
// They are read again, at most once a second, when an address is in none of
// them or the modules have changed.
//
// A function of a process is looked for in the file that is mapped at the
// address, even if it was deleted or replaced since: in its symbol tables; if
// it is stripped in its debug file (by build id or debug link, in the process's
// file system and in this one) or its mini debug information; in the vdso; and
// for code compiled at run time in the process's /tmp/perf-PID.map. Processes in
// containers are looked at through /proc/PID/root, under the pid that they have
// in here. Libraries loaded later and programs started by exec are noticed
// within a second, and at once where an address is in no memory known.
//
// A process that has ended keeps what was known of it, so that addresses it left
// behind can still be resolved, as long as no other gets its pid. What was
// never asked for while it ran is not known then.
//
// Looking into processes of other users needs CAP_SYS_PTRACE, and into their
// deleted files CAP_CHECKPOINT_RESTORE (CAP_SYS_ADMIN before Linux 5.9). All
// methods may be called from several goroutines.
type Symbols struct {
	kernel *ksym.Kernel
	user   *usym.Resolver

	mu    sync.RWMutex
	files map[string]*usym.File // by build id
}

// SymbolsOptions refine NewSymbols.
type SymbolsOptions struct {
	// MaxBytes limits the memory that the symbols of files may take; those used
	// least recently are dropped, and read again when needed. 0 means 256 MiB.
	MaxBytes int
}

// NewSymbols returns a Symbols of its own. Most programs need none: KSym, Sym
// and the like share one.
func NewSymbols(o *SymbolsOptions) *Symbols {
	if o == nil {
		o = new(SymbolsOptions)
	}
	return &Symbols{
		kernel: kernelSymbols(), user: usym.New(rootfs.Live, o.MaxBytes), files: make(map[string]*usym.File),
	}
}

// kernelSymbols is one for all: there is one kernel.
var kernelSymbols = sync.OnceValue(func() *ksym.Kernel { return ksym.New(probe.Running()) })

// sharedSymbols is what the package's functions and modules use.
var sharedSymbols = sync.OnceValue(func() *Symbols { return NewSymbols(nil) })

// Lookup returns the function of a process, or of the kernel for a negative
// pid, that contains an address. Errors are *UnknownSymbolError, *ProcessError
// and *HiddenSymbolsError; the Symbol's Module may be known all the same.
func (s *Symbols) Lookup(addr uint64, pid int) (Symbol, error) {
	return s.lookup(addr, pid, true)
}

func (s *Symbols) lookup(addr uint64, pid int, demangle bool) (Symbol, error) {
	if pid < 0 {
		return s.lookupKernel(addr)
	}
	found, err := s.user.Lookup(addr, pid, demangle)
	if err != nil {
		return Symbol{Module: moduleOf(err)}, err
	}
	return Symbol{Name: found.Name, Offset: found.Offset, Module: found.Module}, nil
}

// moduleOf returns what an error knows of the module.
func moduleOf(err error) string {
	var unknown *UnknownSymbolError
	if errors.As(err, &unknown) {
		return unknown.Module
	}
	return ""
}

func (s *Symbols) lookupKernel(addr uint64) (Symbol, error) {
	found, err := s.kernel.Lookup(addr)
	if err != nil {
		return Symbol{}, kernelError(err)
	}
	symbol := Symbol{Name: found.Name, Offset: found.Offset, Module: found.Module}
	if symbol.Module == "" {
		symbol.Module = "kernel"
	}
	return symbol, nil
}

// kernelError gives an address that is not known the error that processes have.
func kernelError(err error) error {
	var unknown *ksym.UnknownError
	if !errors.As(err, &unknown) {
		return err
	}
	return &UnknownSymbolError{PID: KernelPID, Addr: unknown.Addr, Reason: "no function of it or its modules contains it"}
}

// Sym shows an address of a process, or of the kernel for a negative pid, as
// BCC's sym does. One that cannot be resolved, for whatever reason, is
// "[unknown]"; Lookup tells the reason.
func (s *Symbols) Sym(addr uint64, pid int, o *SymOptions) string {
	found, err := s.lookup(addr, pid, o == nil || !o.Mangled)
	if err != nil {
		found.Name = ""
	}
	return found.Format(o)
}

// KSym shows an address of the kernel as BCC's ksym does.
func (s *Symbols) KSym(addr uint64, o *SymOptions) string {
	return s.Sym(addr, KernelPID, o)
}

// KSymName returns the address of a kernel function or variable; ok is false
// where the kernel has none of that name, which tells what a kernel can do. It
// is 0 where the kernel hides addresses from this process (see SupportKSym).
// "MODULE:NAME" asks for one of a module.
func (s *Symbols) KSymName(name string) (addr uint64, ok bool) {
	return s.kernel.Address(name)
}

// Address returns where a process has a function. module is the path of the
// program or library as the process sees it, or "[vdso]"; name is as the linker
// knows it. With a negative pid, module is a kernel module's name, or empty for
// the kernel itself. Errors are those of Lookup.
func (s *Symbols) Address(pid int, module, name string) (uint64, error) {
	if pid >= 0 {
		return s.user.Address(pid, module, name)
	}
	if err := s.kernel.Err(); err != nil {
		return 0, err
	}
	if addr, ok := s.kernel.Address(module + ":" + name); ok {
		return addr, nil
	}
	return 0, &UnknownSymbolError{PID: pid, Name: name, Module: module, Reason: "there is none of that name"}
}

// Forget drops what is known of a process.
func (s *Symbols) Forget(pid int) {
	s.user.Forget(pid)
}

// AddModule reads the functions of an ELF file so that frames which name it by
// its build id can be resolved, after their process has ended, too. The file
// must have a build id.
func (s *Symbols) AddModule(path string) error {
	file, err := usym.Open(path)
	if err != nil {
		return fmt.Errorf("add module: %w", err)
	}
	if file.BuildID() == "" {
		return fmt.Errorf("add module %s: it has no build id; link it with -Wl,--build-id", path)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[file.BuildID()] = file
	return nil
}

// LookupBuildID returns the function at a place in a file that was given to
// AddModule. A failure is an *UnknownSymbolError.
func (s *Symbols) LookupBuildID(frame BuildIDFrame) (Symbol, error) {
	failed := &UnknownSymbolError{Addr: frame.Offset, Module: frame.BuildID}
	s.mu.RLock()
	file := s.files[frame.BuildID]
	s.mu.RUnlock()
	if file == nil {
		failed.Reason = "no file of this build id was given to AddModule"
		return Symbol{}, failed
	}
	name, offset, ok := file.Lookup(frame.Offset, true)
	if !ok {
		failed.Reason = "the file's symbol tables have no function there"
		return Symbol{}, failed
	}
	return Symbol{Name: name, Offset: offset}, nil
}
