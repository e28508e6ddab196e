package bccgo

// KSym shows an address of the kernel as BCC's ksym does: "vfs_read", with
// options "vfs_read+0x1f [kernel]". An unknown one is "[unknown]", as are all
// where the kernel hides addresses; SupportKSym tells.
func KSym(addr uint64, o *SymOptions) string {
	return sharedSymbols().KSym(addr, o)
}

// KSymName returns the address of a kernel function or variable; see
// Symbols.KSymName.
func KSymName(name string) (addr uint64, ok bool) {
	return sharedSymbols().KSymName(name)
}

// SupportKSym returns nil where kernel addresses can be resolved. Otherwise it
// is a *HiddenSymbolsError, which names the sysctl that hides them, or says why
// /proc/kallsyms cannot be read.
func SupportKSym() error {
	return kernelSymbols().Err()
}

// Sym shows an address of a process as BCC's sym does: the function's name,
// with options "read+0x1f [libc.so.6]". A negative pid means the kernel.
func Sym(addr uint64, pid int, o *SymOptions) string {
	return sharedSymbols().Sym(addr, pid, o)
}

// KSym is the function KSym.
func (m *Module) KSym(addr uint64, o *SymOptions) string { return KSym(addr, o) }

// KSymName is the function KSymName.
func (m *Module) KSymName(name string) (addr uint64, ok bool) { return KSymName(name) }

// Sym is the function Sym.
func (m *Module) Sym(addr uint64, pid int, o *SymOptions) string { return Sym(addr, pid, o) }

// Symbols returns the cache that KSym, Sym and stack tables share. It outlives
// the module.
func (m *Module) Symbols() *Symbols { return sharedSymbols() }
