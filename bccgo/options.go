package bccgo

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"time"
)

// DefaultDeadline is how long a compile may take when Options.Deadline is 0.
const DefaultDeadline = 2 * time.Minute

// Options change how a text is compiled and loaded. A nil *Options means the
// zero value, which suits most programs.
type Options struct {
	// Cflags are further compiler arguments, one element each.
	Cflags []string
	// Defines become -DNAME=VALUE, or -DNAME for an empty value.
	Defines map[string]string
	// Target is what to compile for; nil means the running kernel.
	Target *Target
	// Headers names the kernel headers to compile with: "btf" for those made from
	// the kernel's types, "kernel" for installed ones, "auto" for the first with
	// the second for texts that need what types lack; or a path: a complete tree,
	// or a directory with build and source in it as /lib/modules/RELEASE has.
	// Empty means what the environment names (see docs/reference.md), else "auto".
	Headers string
	// AnyKernel loads a bundle that was compiled for another kernel. That is
	// safe only for programs that follow no pointer into kernel structs.
	AnyKernel bool
	// LogLevel is the verifier's: 0 is silence, 1 the path it took, 2 every
	// instruction. A refusal always has the log of level 1.
	LogLevel uint32
	// Debug asks for intermediate forms in Module.Diagnostics and for logs in
	// Module.VerifierLog.
	Debug Debug
	// NoAutoAttach leaves functions with telling names (kprobe__…) unattached.
	NoAutoAttach bool
	// Deadline bounds the compile; 0 means DefaultDeadline, negative none.
	Deadline time.Duration
	// Cache is the folder that keeps compiled programs, so that the next start
	// of the same program loads no compiler. CacheOff means none. Empty means
	// BCCGO_CACHE from the environment (a folder or "off"), else /var/cache/bccgo
	// for root and the folder bccgo of the user's cache for others. A folder that
	// cannot be used is no error; Bundle.CacheStatus says why it was not.
	Cache string
	// Baked holds programs that were compiled ahead of time by Bake or bccgo
	// bake, usually embedded in the Go program by go:embed. A text that is there
	// for this kernel needs no compiler, no libbcc and no headers; any other is
	// compiled, or is a *NotBakedError where that is not possible.
	Baked fs.FS
	// Exports are compiled programs that are not loaded, whose tables the text may
	// declare extern. That is for compiling only (Compile, Bake): loading takes
	// such tables from the modules that are open, and compiling for a load needs
	// nothing else either.
	Exports []*Bundle
	// USDT are static probes of user space with the functions to run at them. What
	// those functions need to read the probes' arguments is put in front of the
	// text, and they are attached when the program is loaded.
	USDT []*USDT
	// Keep is an open module, an earlier version of the program as a rule, whose
	// tables the new module goes on with: each that has the name, the kind, the
	// sizes and the C types of one of its own is that one, with what is in it. The
	// others start empty; so do buffers, tables of programs and tables of tables.
	// Both modules then write to the same tables, which stay until both are
	// closed: detach the old one first, so that nothing is counted twice.
	// Module.Kept lists them.
	Keep *Module
	// Stats makes the kernel count runs and their time while the module is open
	// (see CountRuns); Module.RunStats has them. It needs Linux 5.8.
	Stats bool
	// FileName names the text in messages. Empty means that the place of the
	// call in the Go source is searched for the text.
	FileName string
}

// orDefault gives a nil *Options its meaning.
func (o *Options) orDefault() *Options {
	if o == nil {
		return new(Options)
	}
	return o
}

// target is the kernel to compile for.
func (o *Options) target() (*Target, error) {
	if o.Target != nil {
		return o.Target, nil
	}
	return HostTarget()
}

func (o *Options) deadline() time.Duration {
	switch {
	case o.Deadline == 0:
		return DefaultDeadline
	case o.Deadline < 0:
		return 0
	}
	return o.Deadline
}

// cflags joins Cflags and Defines, the latter sorted so that equal options give
// equal requests.
func (o *Options) cflags() ([]string, error) {
	flags := slices.Clone(o.Cflags)
	for _, name := range slices.Sorted(maps.Keys(o.Defines)) {
		if !isIdentifier(name) {
			return nil, fmt.Errorf("define %q: not a C identifier", name)
		}
		flag := "-D" + name
		if v := o.Defines[name]; v != "" {
			flag += "=" + v
		}
		flags = append(flags, flag)
	}
	return flags, nil
}

func isIdentifier(s string) bool {
	for i, r := range s {
		letter := r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}
