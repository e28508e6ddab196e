package bccgo

import (
	"fmt"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/nearest"
	"github.com/bccgo/bcc/bccgo/internal/usdt"
)

type (
	// ProbeFormatError means that a file is not an ELF file with readable probes.
	ProbeFormatError = usdt.FormatError
	// ProbeArgumentError means that nobody can tell where an argument of a probe
	// is: it names the text in the file that should say so.
	ProbeArgumentError = usdt.SpecError
)

// NoProbesError means that a file or a process has no static probes at all.
type NoProbesError struct {
	// In is the file or process.
	In string
	// Err says which files could not be read; nil if all were.
	Err error
}

func (e *NoProbesError) Error() string {
	text := "find USDT probes: " + e.In + " has none (was it built with them? readelf -n shows a file's)"
	if e.Err != nil {
		text += "; not read: " + e.Err.Error()
	}
	return text
}

func (e *NoProbesError) Unwrap() error { return e.Err }

// ProbeNotFoundError means that a file or process has no static probe of a name.
type ProbeNotFoundError struct {
	// Probe is the name as given, In the file or process.
	Probe, In string
	// Have lists the probes there are as "PROVIDER:NAME", sorted; Nearest those
	// that come close.
	Have, Nearest []string
}

// shownProbes bounds how many probes a message lists.
const shownProbes = 20

func (e *ProbeNotFoundError) Error() string {
	shown, more := e.Have, ""
	if len(shown) > shownProbes {
		more = fmt.Sprintf(" and %d more", len(shown)-shownProbes)
		shown = shown[:shownProbes]
	}
	return fmt.Sprintf("no USDT probe %q in %s%s; it has %s%s", e.Probe, e.In, nearest.Phrase(e.Nearest), strings.Join(shown, ", "), more)
}

// AmbiguousProbeError means that several providers have a probe of a name.
type AmbiguousProbeError struct {
	// Probe is the name as given, In the file or process, Have the probes that
	// are called so.
	Probe, In string
	Have      []string
}

func (e *AmbiguousProbeError) Error() string {
	return fmt.Sprintf("several USDT probes of %s are called %q: choose one of %s", e.In, e.Probe, strings.Join(e.Have, ", "))
}

// USDTMismatchError means that a compiled program reads its arguments from other
// places than the probes that it is to be attached to have them at.
type USDTMismatchError struct{}

func (e *USDTMismatchError) Error() string {
	return "attach USDT probes: the program was compiled for other probes than these, or for another build of " +
		"the file that has them: compile it anew with the same Options.USDT"
}
