package bccgo

import (
	"fmt"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/cc"
	"github.com/bccgo/bcc/bccgo/internal/headers"
	"github.com/bccgo/bcc/bccgo/internal/nearest"
)

// Errors of the compile step and of stored bundles.
type (
	// LibraryError means that libbcc could not be opened.
	LibraryError = cc.LibraryError
	// NoCompilerError means that this binary was built without cgo.
	NoCompilerError = cc.NoCompilerError
	// RightsError means that a program does not compile because its file gave it
	// rights that its user lacks.
	RightsError = cc.RightsError
	// SpoolVersionError means that what serves BCCGO_COMPILE_SPOOL is of another
	// version of this library.
	SpoolVersionError = cc.SpoolVersionError
	// ChildError means that the compile child ended without a result.
	ChildError = cc.ChildError
	// TimeoutError means that the compile was stopped by its deadline.
	TimeoutError = cc.TimeoutError
	// HeadersError means that no kernel headers were found for the target.
	HeadersError = headers.HeadersError
	// CorruptError means that a stored bundle is damaged.
	CorruptError = bundle.CorruptError
)

// ErrNotBundle means that bytes given as a bundle are something else.
var ErrNotBundle = bundle.ErrNotBundle

// VerifierError means that the kernel's verifier refused a function.
type VerifierError struct {
	// Function is the C name.
	Function string
	// File and Line are the C line the verifier stopped at, Text what stands
	// there, if known.
	File string
	Line int
	Text string
	// Reason is the verifier's message, Log all of it.
	Reason string
	Log    []string
	// LogFile is a file with all of the log, in the cache's folder; "" where no
	// cache is used. The last 16 such files are kept.
	LogFile string
	// Kind is the sort of refusal in a word or two, Plain says in plain words what
	// is wrong, and Cure what to do. They are empty for messages that nobody here
	// has seen yet.
	Kind, Plain, Cure string
	// Err is the cause.
	Err error
}

func (e *VerifierError) Error() string {
	pos := ""
	if e.Line > 0 {
		pos = fmt.Sprintf("%s:%d: ", e.File, e.Line)
	}
	text := fmt.Sprintf("%sverify function %s: %s", pos, e.Function, e.Reason)
	for _, line := range e.Notes() {
		text += "\n\t" + line
	}
	return text
}

// Notes are the C line, the explanation, the cure and where the log is, a line
// each; none where nothing is known.
func (e *VerifierError) Notes() []string {
	var notes []string
	if e.Text != "" {
		notes = append(notes, e.Text)
	}
	if e.Plain != "" {
		notes = append(notes, "that is: "+e.Plain)
	}
	if e.Cure != "" {
		notes = append(notes, "to fix: "+e.Cure)
	}
	if e.LogFile != "" {
		notes = append(notes, "log: "+e.LogFile)
	}
	return notes
}

// Format prints the verifier's whole log below the message for %+v.
func (e *VerifierError) Format(f fmt.State, verb rune) {
	fmt.Fprint(f, e.Error())
	if verb == 'v' && f.Flag('+') {
		fmt.Fprint(f, "\n", strings.Join(e.Log, "\n"))
	}
}

func (e *VerifierError) Unwrap() error { return e.Err }

// UnknownError means that a name is not known where it was looked up.
type UnknownError struct {
	// Kind says what was looked up: "table", "function", "device".
	Kind string
	// Name is the name as given.
	Name string
	// Nearest holds up to three names that come close.
	Nearest []string
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("no %s %q in the program", e.Kind, e.Name) + nearest.Phrase(e.Nearest)
}

func unknown(kind, name string, names []string) error {
	return &UnknownError{Kind: kind, Name: name, Nearest: nearest.In(name, names, 3)}
}

// AttachError means that a function could not be attached.
type AttachError struct {
	// Hook is the kind of hook: "kprobe", "tracepoint", "uprobe"…
	Hook string
	// Target is what was to be hooked, Function what was to run there.
	Target, Function string
	// Err is the cause; it says what can be done.
	Err error
}

func (e *AttachError) Error() string {
	if e.Target == "" {
		return fmt.Sprintf("attach %s to %s: %v", e.Function, e.Hook, e.Err)
	}
	return fmt.Sprintf("attach %s to %s %s: %v", e.Function, e.Hook, e.Target, e.Err)
}

func (e *AttachError) Unwrap() error { return e.Err }

// PermissionError means that the kernel refused bpf(2) to this process.
type PermissionError struct {
	// Op is what was tried, Missing what the process lacks, Fix what to do.
	Op, Missing, Fix string
	// Lockdown tells that it lacks nothing, and the kernel is locked down.
	Lockdown bool
	// Err is the cause.
	Err error
}

func (e *PermissionError) Error() string {
	return fmt.Sprintf("%s: %s; %s", e.Op, e.Missing, e.Fix)
}

func (e *PermissionError) Unwrap() error { return e.Err }

// ForeignError means that a program was compiled for another kernel.
type ForeignError struct {
	// Built and Running are the two kernels' releases.
	Built, Running string
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("load program: it is for kernel %s, and this is %s: compile it for this one, "+
		"or set Options.AnyKernel (bccgo: --force) if it reads no kernel structs", e.Built, e.Running)
}

// KindError means that a table or function was used as something it is not.
type KindError struct {
	// Op is the use, Name the table, Is what it is, Want what the use needs.
	Op, Name, Is, Want string
}

func (e *KindError) Error() string {
	return fmt.Sprintf("%s: table %s is a %s; this needs %s", e.Op, e.Name, e.Is, e.Want)
}

// LayoutError means that a Go type does not have the layout of the C type.
// Its text shows both and a Go type that fits.
type LayoutError struct {
	// Op is the use, Table the table or buffer.
	Op, Table string
	// Err is the comparison.
	Err error
}

func (e *LayoutError) Error() string {
	return fmt.Sprintf("%s %s: %v", e.Op, e.Table, e.Err)
}

func (e *LayoutError) Unwrap() error { return e.Err }
