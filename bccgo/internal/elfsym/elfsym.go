// Package elfsym finds the programs, libraries and functions that user-space
// probes are put on: a library by its short name, alone or as one process
// sees it, and the file offset of a function in it.
//
// Other mount namespaces are read through /proc/PID/root; no namespace is
// ever entered.
package elfsym

import (
	"fmt"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/nearest"
)

// nearestNames is how many similar names an error offers.
const nearestNames = 3

// LibraryError says that no library or program of a name was found.
type LibraryError struct {
	Kind    string   // "library", "program", or "library or program"
	Name    string   // as asked for
	PID     int      // the process whose view was searched; 0 for this one's
	Gone    bool     // there is no such process
	Reason  string   // why nothing was found
	Nearest []string // similar names, nearest first
	Err     error    // the cause; nil where the name is just unknown
}

func (e *LibraryError) Error() string {
	text := "find " + e.Kind + " " + e.Name
	if e.PID != 0 {
		text += fmt.Sprintf(" for process %d", e.PID)
	}
	text += ": " + e.Reason
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text + nearest.Phrase(e.Nearest)
}

func (e *LibraryError) Unwrap() error {
	return e.Err
}

// SymbolError says why a function has no place in a file to put a probe on.
type SymbolError struct {
	Path    string
	Symbol  string
	Reason  string
	Nearest []string // similar symbols of the file, nearest first
	// NeedsPID tells that a process that runs knows the place, and none was named.
	NeedsPID bool
	// Misplaced tells that the place is not where such a probe can be.
	Misplaced bool
	// Inlined tells that the compiler put the function into its callers.
	Inlined bool
	Err     error // the cause; nil where the symbol is just unknown
}

func (e *SymbolError) Error() string {
	text := "symbol " + e.Symbol + " in " + e.Path + ": " + e.Reason
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text + nearest.Phrase(e.Nearest)
}

func (e *SymbolError) Unwrap() error { return e.Err }

// GoUretprobeError refuses a return probe on a Go program. Such a probe
// replaces return addresses on the stack; Go's runtime, which moves and walks
// stacks, stops the program when it meets one.
type GoUretprobeError struct {
	Path string
}

func (e *GoUretprobeError) Error() string {
	return "uretprobe in " + e.Path + ": it is a Go program, which a return probe would crash; " +
		"UprobeOptions.Go puts probes on the function's return instructions instead"
}

// hasSlash reports whether a name is to be taken as a path.
func hasSlash(name string) bool {
	return strings.Contains(name, "/")
}
